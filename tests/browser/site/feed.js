"use strict";
// feed.html?source=/count&to=20&cut=6 follows /count?to=20&cut=6 and shows what comes.
const asked = new URLSearchParams(location.search);
const source = asked.get("source") ?? "/count";
asked.delete("source");
const got = [];
let opens = 0;
let isFirst = false;
const feed = new EventSource(`${source}?${asked}`);

function tell(text) {
  document.getElementById("state").value = `${text}, ${got.length} events, connected ${opens} times`;
}

function take(event) {
  got.push({ type: event.type, data: event.data, id: event.lastEventId });
  const item = Object.assign(document.createElement("li"), { textContent: event.data });
  item.classList.toggle("weather", event.type === "weather");
  item.classList.toggle("first", isFirst);
  isFirst = false;
  document.getElementById("events").append(item);
  tell("open");
}

feed.onmessage = take;
feed.addEventListener("weather", take);
feed.onopen = () => {
  opens += 1;
  isFirst = true;
  tell("open");
};
feed.onerror = () => {
  document.body.dataset.state = feed.readyState === EventSource.CLOSED ? "closed" : "connecting";
  tell(document.body.dataset.state);
};
