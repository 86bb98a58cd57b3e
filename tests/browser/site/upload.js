"use strict";
const bar = document.getElementById("bar");
const percent = document.getElementById("percent");
const answer = document.getElementById("answer");
const steps = [];

function show(file) {
  for (const [name, value] of Object.entries(file)) {
    answer.append(Object.assign(document.createElement("dt"), { textContent: name }));
    answer.append(Object.assign(document.createElement("dd"), { textContent: value }));
  }
}

document.getElementById("watched").onsubmit = event => {
  event.preventDefault();
  const request = new XMLHttpRequest();
  request.upload.onprogress = progress => {
    bar.max = progress.total;
    bar.value = progress.loaded;
    percent.value = `${Math.round((progress.loaded / progress.total) * 100)} %`;
    steps.push(progress.loaded);
  };
  request.onload = () => {
    document.body.dataset.status = request.status;
    show(request.status === 200 ? JSON.parse(request.responseText).files[0] : { error: request.responseText });
  };
  request.onerror = () => { document.body.dataset.status = "broken"; };
  request.open("POST", "upload");
  request.send(new FormData(event.target));
};
