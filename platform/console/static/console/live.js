// Keeps the page of an execution current. The page is right without it; this continues from the page's seq.

const STATUSES = {
  INCOMPLETE: ["…", "Incomplete"],
  QUEUED: ["○", "Queued"],
  RUNNING: ["●", "Running"],
  REVIEW: ["◐", "In review"],
  COMPLETED: ["✓", "Completed"],
  FAILED: ["✕", "Failed"],
  TERMINATED: ["■", "Terminated"],
};
const TERMINAL = new Set(["COMPLETED", "FAILED", "TERMINATED"]);
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const HEARTBEAT_MS = 20000;
const SIGNED_OUT = new Set([4001, 4002, 4003]);

const page = document.querySelector("main.execution");
const at = (id) => document.getElementById(id);
const nodes = new Map([...at("nodes").children].map((row) => [row.dataset.id, row]));
const state = {
  seq: Number(page.dataset.seq),
  status: page.dataset.status,
  cost: Number(page.dataset.cost),
  start: page.dataset.start,
  end: page.dataset.end,
  finished: Number(page.dataset.finished),
  failed: Number(page.dataset.failed),
  total: Number(page.dataset.total),
};
// The server's clock counts: this one may be wrong.
const clockDifference = Date.now() - Date.parse(page.dataset.now);
const nodesMax = Number(page.dataset.nodesMax);
// Of what each row's node is writing, the newest piece.
const texts = new WeakMap();
let heardAt = new Date();
let connected = false;

// --- What events change

function take(event) {
  if (event.seq <= state.seq) return;
  state.seq = event.seq;
  if (event.event_type === "graph_execution_update") takeGraph(event);
  else takeNode(event);
  schedulePaint();
}

function takeGraph(event) {
  state.status = event.status;
  state.cost = Math.max(state.cost, event.stats.cost ?? 0);
  state.start = event.started_at ?? state.start;
  state.end = event.ended_at ?? "";
  showStatus(at("status").firstElementChild, event.status);
  showText(at("error"), event.stats.error);
  if (!TERMINAL.has(event.status)) return;
  showValues(at("outputs"), event.outputs);
  at("no-outputs").textContent = "There are none.";
  at("no-outputs").hidden = at("outputs").childElementCount > 0;
  at("nothing").textContent = "Nothing ran.";
  at("stop").hidden = true;
  at("delete")?.removeAttribute("hidden"); // a sub-graph's execution has none
  document.title = document.title.replace(/^[^·]*/, `${STATUSES[event.status][1]} `);
}

function takeNode(event) {
  if (state.status === "QUEUED") {
    state.status = "RUNNING";
    showStatus(at("status").firstElementChild, state.status);
  }
  const row = nodes.get(event.node_exec_id) ?? addNode(event);
  if (event.seq <= Number(row.dataset.seq)) return; // the page was made a moment after its seq
  if (event.output_index !== undefined) addOutput(row, event);
  else changeNode(row, event);
}

function changeNode(row, event) {
  const before = row.dataset.status;
  row.dataset.seq = event.seq;
  row.dataset.status = event.status;
  row.dataset.start = event.start_time ?? "";
  row.dataset.end = event.end_time ?? "";
  count(before, event.status);
  setCost(row, event.cost);
  row.className = `node ${event.status.toLowerCase()}`;
  row.querySelector(".name").textContent = event.node_name;
  showStatus(row.querySelector(".pill"), event.status);
  showText(row.querySelector(":scope > .error"), event.error);
  showValues(row.querySelector(".inputs"), event.input_data);
  if (TERMINAL.has(event.status)) showValues(row.querySelector(".outputs"), event.output_data);
}

function addOutput(row, event) {
  const list = row.querySelector(".outputs");
  forgetText(row);
  const known = list.querySelectorAll("dd").length;
  if (event.output_index < known) return;
  for (const [name, values] of Object.entries(event.output_data)) for (const value of values) addValue(list, name, value);
}

// What a node is writing stands in its row until its outputs do. Pieces come in order; one that is missing leaves a gap.
function takeText(event) {
  const row = nodes.get(event.node_exec_id);
  if (!row || TERMINAL.has(row.dataset.status)) return;
  const before = texts.get(row) ?? { attempt: 0, answer: 0, number: -1 };
  if (event.attempt < before.attempt) return;
  if (event.attempt === before.attempt && event.answer < before.answer) return;
  const isSame = event.attempt === before.attempt && event.answer === before.answer;
  if (isSame && event.number <= before.number) return;
  const follows = event.number === (isSame ? before.number + 1 : 0);
  const pre = row.querySelector(".writing pre") ?? addWriting(row);
  const isAtEnd = pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 4;
  if (!isSame) pre.textContent = "";
  pre.append(follows ? event.text : `… ${event.text}`);
  if (isAtEnd) pre.scrollTop = pre.scrollHeight;
  texts.set(row, event);
}

function addWriting(row) {
  const list = row.querySelector(".outputs");
  addValue(list, "being written", "");
  list.lastElementChild.className = "writing";
  row.querySelector("details").open = true;
  return list.lastElementChild.firstElementChild;
}

function forgetText(row) {
  const writing = row.querySelector(".writing");
  writing?.previousElementSibling.remove();
  writing?.remove();
}

function addNode(event) {
  const row = at("node").content.firstElementChild.cloneNode(true);
  Object.assign(row.dataset, { id: event.node_exec_id, status: "", cost: 0, start: "", end: "" });
  at("nodes").append(row);
  nodes.set(event.node_exec_id, row);
  state.total += 1;
  at("nothing").hidden = true;
  changeNode(row, { ...event, seq: -1 });
  if (nodes.size > nodesMax) forgetOldest();
  return row;
}

// Of a finished one nothing more will be heard.
function forgetOldest() {
  const row = [...nodes.values()].find((one) => TERMINAL.has(one.dataset.status));
  if (!row) return;
  nodes.delete(row.dataset.id);
  row.remove();
  at("hidden").hidden = false;
}

function count(before, after) {
  if (TERMINAL.has(after) && !TERMINAL.has(before)) state.finished += 1;
  if (after === "FAILED" && before !== "FAILED") state.failed += 1;
}

function setCost(row, cost) {
  spent += cost - Number(row.dataset.cost);
  row.dataset.cost = cost;
  row.querySelector(".cost").textContent = cost.toLocaleString("en");
}

let spent = [...nodes.values()].reduce((sum, row) => sum + Number(row.dataset.cost), 0);

// --- Showing; values only ever become text

function showStatus(pill, status) {
  const [glyph, word] = STATUSES[status];
  pill.className = `pill ${status.toLowerCase()}`;
  pill.firstElementChild.textContent = glyph;
  pill.lastElementChild.textContent = word;
}

function showText(element, text) {
  element.textContent = text ?? "";
  element.hidden = !text;
}

function showValues(list, values) {
  list.replaceChildren();
  for (const [name, value] of Object.entries(values)) {
    const several = list.classList.contains("inputs") ? [value] : value;
    for (const one of several) addValue(list, name, one);
  }
}

function addValue(list, name, value) {
  const term = document.createElement("dt");
  const pre = document.createElement("pre");
  const definition = document.createElement("dd");
  term.textContent = name;
  pre.textContent = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  definition.append(pre);
  list.append(term, definition);
}

// As console/durations.py writes it.
function durationText(milliseconds) {
  const time = Math.max(0, milliseconds);
  if (time < 1) return "<1 ms";
  if (time < 999.5) return `${time.toFixed(0)} ms`;
  const seconds = time / 1000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

// While the connection is lost, clocks stand still at what was last heard.
function now() {
  if (state.end) return Date.parse(state.end);
  return (connected ? Date.now() : heardAt.getTime()) - clockDifference;
}

let painting = false;

function schedulePaint() {
  if (painting) return;
  painting = true;
  requestAnimationFrame(() => {
    painting = false;
    paint();
  });
}

function paint() {
  const end = now();
  const start = Date.parse(state.start);
  at("elapsed").textContent = state.start ? durationText(end - start) : "–";
  at("cost").textContent = Math.max(state.cost, spent).toLocaleString("en");
  at("finished").textContent = state.finished;
  at("total").textContent = state.total;
  showText(at("failed"), state.failed ? `${state.failed} failed` : "");
  at("progress").style.width = `${TERMINAL.has(state.status) ? 100 : (100 * state.finished) / Math.max(1, state.total)}%`;
  for (const row of nodes.values()) paintNode(row, start, end);
}

function paintNode(row, start, end) {
  if (!row.dataset.start) return;
  const span = Math.max(1, end - start);
  const from = Date.parse(row.dataset.start);
  const to = row.dataset.end ? Date.parse(row.dataset.end) : end;
  row.querySelector(".time").textContent = durationText(to - from);
  const bar = row.querySelector(".track i");
  bar.style.left = `${Math.min(99, (100 * Math.max(0, from - start)) / span)}%`;
  bar.style.width = `${(100 * Math.max(0, to - from)) / span}%`;
}

// --- The connection

let wait = FIRST_WAIT_MS;

function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${location.host}${page.dataset.socket}`);
  let answered = true;
  const beat = setInterval(() => {
    if (!answered) return socket.close();
    answered = false;
    if (socket.readyState === WebSocket.OPEN) send(socket, "heartbeat", "ping");
  }, HEARTBEAT_MS);
  socket.onopen = () => send(socket, "subscribe_graph_execution", { graph_exec_id: page.dataset.id, after: state.seq });
  socket.onmessage = (message) => {
    answered = true;
    heard(socket, JSON.parse(message.data));
  };
  socket.onclose = (event) => {
    clearInterval(beat);
    lost(event.code);
  };
}

function send(socket, method, data) {
  socket.send(JSON.stringify({ method, data }));
}

function heard(socket, frame) {
  connected = true;
  heardAt = new Date();
  wait = FIRST_WAIT_MS;
  showText(at("connection"), frame.method === "error" ? frame.error : "");
  if (frame.method.endsWith("_execution_event")) take(frame.data);
  if (frame.method === "node_execution_text") takeText(frame.data);
  if (frame.method === "notification") document.dispatchEvent(new Event("notification"));
  if (TERMINAL.has(state.status)) socket.close(1000);
}

function lost(code) {
  connected = false;
  if (TERMINAL.has(state.status)) {
    document.dispatchEvent(new Event("unwatched"));
    return schedulePaint();
  }
  if (SIGNED_OUT.has(code)) return showText(at("connection"), "You are signed out. Reload the page to sign in again.");
  showText(at("connection"), `Connection lost, showing ${heardAt.toLocaleTimeString("en-GB")}. Connecting again.`);
  setTimeout(connect, wait * (0.5 + Math.random() / 2));
  wait = Math.min(LONGEST_WAIT_MS, wait * 2);
}

// A page that comes back from the browser's memory is old.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

paint();
if (!TERMINAL.has(state.status)) {
  connect();
  setInterval(() => {
    if (connected && !TERMINAL.has(state.status)) schedulePaint();
  }, 200);
}
