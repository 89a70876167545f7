// The camera of this device: its choice, its pictures with the time each was taken, and its return after it was lost.
const TRY_AGAIN_MS = 2000;
const QUALITY = 0.8;

const WHY = {
  NotAllowedError: "The browser blocks the camera for this page. Allow it in the address bar, then start again.",
  NotFoundError: "No camera was found. Connect one, then start again.",
  NotReadableError: "Another program is using the camera. Close that program, then start again.",
};

export const whyNot = (error) => WHY[error.name] || "The camera cannot be used. Choose another one.";
const stop = (stream) => { for (const track of stream.getTracks()) track.stop(); };
export const canFilm = () => Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);

export class Camera {
  // longest: the longer side of a picture that is sent, in pixels. lost(true or false) when it goes or comes.
  constructor(video, lost) {
    Object.assign(this, { video, lost, stream: null, deviceId: "", longest: 640, canvas: document.createElement("canvas"), size: null, wanted: false, turn: 0 });
  }

  // Gives whether it is open: it may have been closed, or asked for anew, before the browser gave it.
  async open(deviceId, longest) {
    this.close();
    const { turn } = this;
    Object.assign(this, { deviceId, longest, wanted: true });
    const [width, height] = longest > 640 ? [1280, 720] : [640, 480];
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: 30 }, resizeMode: { ideal: "none" }, ...(deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" }) },
    });
    if (turn !== this.turn) {
      stop(stream);
      return false;
    }
    this.stream = stream;
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => this.reopen());
    this.video.srcObject = stream;
    await this.video.play().catch((error) => { if (turn === this.turn) throw error; });
    if (turn !== this.turn) return false;
    this.lost(false);
    return true;
  }

  get name() {
    return this.stream ? this.stream.getVideoTracks()[0].label : "";
  }

  async reopen() {
    if (!this.wanted) return;
    this.lost(true);
    try {
      await this.open(this.deviceId, this.longest);
    } catch {
      setTimeout(() => this.reopen(), TRY_AGAIN_MS);
    }
  }

  close() {
    this.wanted = false;
    this.turn += 1;
    if (this.stream) stop(this.stream);
    this.stream = null;
    this.video.srcObject = null;
  }

  // Call each(takenS) at every new picture, as long as the camera is wanted.
  watch(each) {
    const video = this.video;
    if (video.requestVideoFrameCallback) {
      const next = (at, about) => {
        each((about.captureTime ?? at) / 1000);
        video.requestVideoFrameCallback(next);
      };
      video.requestVideoFrameCallback(next);
      return;
    }
    let shown = -1;
    const look = (at) => {
      if (video.currentTime !== shown) {
        shown = video.currentTime;
        each(at / 1000);
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }

  // The present picture as JPEG, in the size of the session's first one; null when there is none.
  picture() {
    const { video, canvas } = this;
    const [width, height] = [video.videoWidth, video.videoHeight];
    if (!width || !height) return Promise.resolve(null);
    if (!this.size) {
      const scale = Math.min(1, this.longest / Math.max(width, height));
      this.size = [Math.round(scale * width), Math.round(scale * height)];
      [canvas.width, canvas.height] = this.size;
    }
    const pen = canvas.getContext("2d", { alpha: false });
    const scale = Math.min(canvas.width / width, canvas.height / height);
    const [wide, high] = [scale * width, scale * height];
    if (wide < canvas.width || high < canvas.height) pen.fillRect(0, 0, canvas.width, canvas.height); // the phone was turned
    pen.drawImage(video, (canvas.width - wide) / 2, (canvas.height - high) / 2, wide, high);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  }
}

export const cameras = async () => {
  const found = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return found.filter((one) => one.kind === "videoinput" && one.deviceId);
};
