// A chat room: one WebSocket, which comes back by itself, for what is said and for who is there.
"use strict";

const lines = document.getElementById("lines");
const members = document.getElementById("members");
const say = document.getElementById("say");
const state = document.getElementById("status");
const own = document.getElementById("room").dataset.author;
const here = new Set();
let socket;
let attempts = 0;

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function coloured(made, author) {
  let hue = 0;
  for (const letter of author) hue = (hue * 31 + letter.codePointAt(0)) % 360;
  made.style.setProperty("--hue", hue);
  return made;
}

function add(line) {
  const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
  lines.append(line);
  if (atEnd) lines.scrollTop = lines.scrollHeight;
}

function note(text) {
  add(element("li", { className: "note" }, text));
}

function showMembers() {
  members.replaceChildren(...[...here].sort().map(member => coloured(element("li", {}, member), member)));
}

const events = {
  present(event) {
    here.clear();
    for (const member of event.members) here.add(member);
    showMembers();
  },
  joined(event) {
    here.add(event.member);
    showMembers();
    note(`${event.member} has come`);
  },
  left(event) {
    here.delete(event.member);
    showMembers();
    note(`${event.member} has left`);
  },
  message(event) {
    const { author, text, at } = event.message;
    const time = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const who = coloured(element("b", {}, author, element("time", { dateTime: at }, time)), author);
    add(element("li", { className: author === own ? "own" : "" }, who, text));
  },
};

function connect() {
  socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${location.pathname}`);
  socket.onopen = () => {
    attempts = 0;
    lines.replaceChildren(); // the room tells again what was said last
    state.textContent = "connected";
    state.className = "open";
  };
  socket.onmessage = message => {
    const event = JSON.parse(message.data);
    events[event.type](event);
  };
  socket.onclose = () => {
    here.clear();
    showMembers();
    state.textContent = "the connection is lost; trying again …";
    state.className = "";
    const wait = Math.min(10, 0.25 * 2 ** attempts++) * (0.5 + Math.random() / 2);
    setTimeout(connect, wait * 1000);
  };
}

say.onsubmit = event => {
  event.preventDefault();
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify({ text: say.elements.text.value }));
  say.reset();
};

connect();
