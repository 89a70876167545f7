// The connection of a page to a live session: a web socket, or plain requests if sockets are blocked. It reconnects by itself.
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 2000;
const OPENS_WITHIN_MS = 3000;
const ASK_EVERY_MS = 500;
const GONE = 4404;
const TRIES_WITH_SOCKET = 2;
// Random name of this page's clock: times of another page, or from before a reload, have another name.
const CLOCK = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
const now = () => performance.now() / 1000;
const joining = () => JSON.stringify({ do: "join", clock: CLOCK, page_s: now() });

// Unpacks what a screen receives; each message is: length of JSON, length of picture, JSON, picture.
const split = function* (buffer) {
  const view = new DataView(buffer);
  for (let at = 0; at < buffer.byteLength;) {
    const [words, picture] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    const begins = at + 8;
    at = begins + words + picture;
    const message = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, begins, words)));
    yield [message, picture ? new Blob([new Uint8Array(buffer, begins + words, picture)], { type: "image/jpeg" }) : null];
  }
};

export class Link {
  // as: "camera" or "screen". Calls told(message, picture) for each message, lost(true) and lost(false) when the connection
  // is lost and back, and ended() when the session is gone.
  constructor(id, as, { told, lost, ended }) {
    Object.assign(this, { id, as, told, lost, ended, socket: null, follower: "", failed: 0, wait: FIRST_WAIT_MS, closed: false });
    this.connect();
  }

  get isOpen() {
    return Boolean(this.follower) || (this.socket !== null && this.socket.readyState === WebSocket.OPEN);
  }

  connect() {
    if (this.closed) return;
    if (this.failed >= TRIES_WITH_SOCKET) {
      this.failed = 0;
      this.joinPlain();
      return;
    }
    let socket;
    try {
      socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/live/${this.id}/socket?as=${this.as}`);
      socket.binaryType = "arraybuffer";
    } catch {
      this.failed += 1;
      this.again();
      return;
    }
    this.socket = socket;
    const late = setTimeout(() => socket.close(), OPENS_WITHIN_MS);
    socket.addEventListener("open", () => {
      clearTimeout(late);
      this.opened();
      if (this.as === "camera") socket.send(joining());
    });
    socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string") this.take(JSON.parse(data));
      else this.takeAll(data);
    });
    socket.addEventListener("close", ({ code }) => {
      clearTimeout(late);
      if (this.socket !== socket) return;
      this.socket = null;
      if (code === GONE) this.finish();
      else this.again();
    });
    this.failed += 1; // set to 0 when it opens
  }

  opened() {
    this.failed = 0;
    this.wait = FIRST_WAIT_MS;
    this.lost(false);
  }

  again() {
    if (this.closed) return;
    this.follower = "";
    this.lost(true);
    setTimeout(() => this.connect(), this.wait);
    this.wait = Math.min(2 * this.wait, LONGEST_WAIT_MS);
  }

  finish() {
    this.close();
    this.ended();
  }

  take(message, picture = null) {
    if (this.closed || (message.kind === "took" && message.clock !== CLOCK)) return;
    if (message.kind === "camera_taken_over" || message.kind === "over") this.close();
    this.told(message, picture);
  }

  takeAll(buffer) {
    for (const [message, picture] of split(buffer)) this.take(message, picture);
  }

  // --- without a socket ---

  async joinPlain() {
    const answer = await fetch(`/live/${this.id}/join?as=${this.as}`, { method: "POST", body: joining() }).catch(() => null);
    if (answer && answer.status === 403) location.reload(); // this device was disconnected
    else if (answer && answer.status === 404) this.finish();
    else if (!answer || !answer.ok) this.again();
    else {
      this.follower = (await answer.json()).follower;
      this.opened();
      if (this.as === "camera") this.ask();
      else this.listen();
    }
  }

  async post(where, body) {
    const follower = this.follower;
    if (!follower) return;
    const answer = await fetch(`/live/${this.id}/${where}?follower=${follower}`, { method: "POST", body }).catch(() => null);
    if (this.follower !== follower || this.closed) return;
    if (!answer || !answer.ok) {
      this.again();
      return;
    }
    const { closed, messages } = await answer.json();
    for (const message of messages) this.take(message);
    if (closed) this.finish();
  }

  // A screen sends nothing; after each answer it asks for new messages.
  async listen() {
    const follower = this.follower;
    while (this.follower === follower && !this.closed) {
      const answer = await fetch(`/live/${this.id}/news?follower=${follower}`).catch(() => null);
      const news = answer && answer.ok ? await answer.arrayBuffer().catch(() => null) : null;
      if (this.follower !== follower || this.closed) return;
      if (!news) this.again();
      else this.takeAll(news);
    }
  }

  // Asks for new messages while no picture is sent.
  async ask() {
    while (this.follower && !this.closed) {
      await this.post("do", "");
      await new Promise((done) => setTimeout(done, ASK_EVERY_MS));
    }
  }

  // --- what a page sends ---

  // Sends a picture: its number, the pictures dropped before it, when it was taken (s), and the picture.
  picture(number, lostBefore, takenS, jpeg) {
    const head = new DataView(new ArrayBuffer(16));
    head.setUint32(0, number, true);
    head.setUint32(4, lostBefore, true);
    head.setFloat64(8, takenS, true);
    const data = new Blob([head.buffer, jpeg]);
    if (this.follower) this.post("pictures", data);
    else if (this.isOpen) this.socket.send(data);
  }

  command(what) {
    const body = JSON.stringify({ do: what });
    if (this.follower) this.post("do", body);
    else if (this.isOpen) this.socket.send(body);
  }

  close() {
    this.closed = true;
    this.follower = "";
    if (this.socket) this.socket.close();
    this.socket = null;
  }
}
