// Keeps what stands in a report every 20 seconds, and when the page is left in the background.
// Each step keeps it too when it is sent: without this nothing but the last lines could be lost.
const form = document.querySelector("form[data-draft-url]");
const line = document.querySelector("[data-saved]");
const url = form.dataset.draftUrl;
const EVERY = 20_000;

const answers = () => new URLSearchParams(new FormData(form)).toString();
let kept = answers();
let isLeaving = false;

// A new report is no draft before something was typed, also not for quick hide.
if ("draftNew" in form.dataset) delete form.dataset.draftUrl;
form.addEventListener("input", () => (form.dataset.draftUrl = url));
form.addEventListener("submit", () => (isLeaving = true));

function tell(text) {
  const words = line.querySelector("span");
  if (words.textContent !== text) words.textContent = text;
}

async function keep() {
  const now = answers();
  if (isLeaving || now === kept || !form.dataset.draftUrl) return;
  try {
    const body = new FormData(form);
    const answer = await fetch(url, { method: "POST", body, redirect: "manual", keepalive: true });
    if (answer.status !== 204) throw new Error(answer.status);
    kept = now;
    tell(line.dataset.savedText.replace("{time}", answer.headers.get("X-Draft-Saved")));
  } catch {
    tell(line.dataset.failedText);
  }
}

setInterval(keep, EVERY);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") keep();
});
addEventListener("pageshow", () => (isLeaving = false));
