// Keeps the number of unread notifications current on every page, and the list of them where it is shown. While a page
// of an execution has its own socket, that one is listened to.

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60000;
const HEARTBEAT_MS = 20000;
const SOON_MS = 200;
const ENDED = new Set([4001, 4002, 4003]);
const TERMINAL = new Set(["COMPLETED", "FAILED", "TERMINATED"]);

const link = document.querySelector(".top .notices");
const count = document.getElementById("unread");
const execution = document.querySelector("main.execution");
let socket = null;
let refreshing = null;
let wait = FIRST_WAIT_MS;

// Many that come at once are asked for once.
function refreshSoon() {
  refreshing ??= setTimeout(() => {
    refreshing = null;
    refresh().catch(() => {}); // the network is away: the next socket asks again
  }, SOON_MS);
}

async function refresh() {
  const answer = await fetch(link.dataset.count, { headers: { Accept: "application/json" } });
  if (!answer.ok || answer.redirected) return;
  const { unread } = await answer.json();
  count.firstElementChild.textContent = unread;
  count.hidden = !unread;
  await refreshList();
}

// Only its first page: on an older one nothing new is shown.
async function refreshList() {
  const list = document.querySelector("#notices[data-live]");
  if (!list || list.contains(document.activeElement)) return; // nobody's button is taken away under their finger
  const answer = await fetch(location.href);
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const newer = page.getElementById("notices");
  if (newer) list.replaceWith(newer);
}

function connect() {
  if (socket || document.hidden) return;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const opened = (socket = new WebSocket(`${scheme}//${location.host}${link.dataset.socket}`));
  let answered = true;
  const beat = setInterval(() => {
    if (!answered) return opened.close();
    answered = false;
    if (opened.readyState === WebSocket.OPEN) opened.send('{"method": "heartbeat", "data": "ping"}');
  }, HEARTBEAT_MS);
  opened.onopen = refreshSoon; // what was told since the page was made
  opened.onmessage = (message) => {
    answered = true;
    wait = FIRST_WAIT_MS;
    if (JSON.parse(message.data).method === "notification") refreshSoon();
  };
  opened.onclose = (event) => {
    clearInterval(beat);
    socket = null;
    if (!ENDED.has(event.code)) setTimeout(connect, wait * (0.5 + Math.random() / 2));
    wait = Math.min(LONGEST_WAIT_MS, wait * 2);
  };
}

document.addEventListener("notification", refreshSoon);
document.addEventListener("unwatched", connect);
// Pages that nobody looks at take none of the user's sockets.
document.addEventListener("visibilitychange", () => (document.hidden ? socket?.close(1000) : connect()));
if (!execution || TERMINAL.has(execution.dataset.status)) connect();
