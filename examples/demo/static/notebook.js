// Talks to the same paths as the curl lines: writes notes, sends files, and follows the feed of new notes.
"use strict";

const list = document.getElementById("notes");
const write = document.getElementById("write");
const attach = document.getElementById("attach");

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// What went wrong: the detail of a problem document (RFC 9457), or what there is.
function reason(text) {
  try {
    return JSON.parse(text).detail;
  } catch {
    return text || "the connection broke off";
  }
}

// The browser reconnects by itself, and says with Last-Event-ID which note it has seen last.
new EventSource(`/feed?after=${list.dataset.newest}`).onmessage = event => {
  const note = JSON.parse(event.data);
  const link = element("a", { href: `/notes/${note.id}` }, element("time", {}, note.written.slice(11, 16)));
  list.prepend(element("li", { className: `${note.mood} new` }, link, note.text, element("br"), element("small", {}, note.author)));
};

if (write) write.onsubmit = async event => {
  event.preventDefault();
  const body = JSON.stringify(Object.fromEntries(new FormData(write)));
  const answer = await fetch("/notes", { method: "POST", headers: { "content-type": "application/json" }, body });
  if (answer.ok) write.reset(); else alert(reason(await answer.text()));
};

if (attach) attach.onsubmit = event => {
  event.preventDefault();
  const bar = attach.querySelector("progress");
  const request = new XMLHttpRequest();
  request.upload.onprogress = sent => {
    bar.hidden = false;
    bar.value = sent.loaded / sent.total;
  };
  request.onloadend = () => {
    bar.hidden = true;
    if (request.status === 201) location.reload(); else alert(reason(request.responseText));
  };
  request.open("POST", "/attachments");
  request.send(new FormData(attach));
};
