// Quick hide: the button, or Esc twice within a second, puts a neutral page in place of this one.
// A form that names data-draft-url is sent there first, so that nothing typed is lost.
const link = document.querySelector("[data-quick-hide]");
let lastEscape = -Infinity;

function hide() {
  document.title = "";
  document.body.hidden = true;
  for (const form of document.querySelectorAll("form[data-draft-url]")) {
    fetch(form.dataset.draftUrl, { method: "POST", body: new FormData(form), keepalive: true }).catch(() => {});
  }
  location.replace(link.href);
}

link.addEventListener("click", (event) => {
  event.preventDefault();
  hide();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.repeat) return;
  if (event.timeStamp - lastEscape < 1000) hide();
  lastEscape = event.timeStamp;
});
// Coming back by the browser's own button shows the page as it was left.
addEventListener("pageshow", () => (document.body.hidden = false));
