// Renews a part of the page while something runs: fetches the page again and swaps the element of the same id.
const EVERY = 3000;

async function renew(part) {
  if (document.hidden) return schedule(part);
  try {
    const answer = await fetch(part.dataset.pollUrl, { headers: { Accept: "text/html" } });
    if (answer.redirected || !answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(part.id);
    if (!fresh) return;
    // Somebody who stands on a button in there keeps it until the next round.
    if (part.contains(document.activeElement)) return schedule(part);
    part.replaceWith(fresh);
    if (fresh.dataset.pollUrl) schedule(fresh);
  } catch {
    schedule(part);
  }
}

function schedule(part) {
  setTimeout(renew, EVERY, part);
}

document.querySelectorAll("[data-poll-url]").forEach(schedule);
