// Draws the shapes of a moment over the picture. They come mirrored; letters are never mirrored.
import { css, look } from "./live_look.js";

const INK = css(look.ink);

// Where a picture of this size lies in a box, as large as fits, in the middle.
export const placed = (box, size) => {
  const scale = Math.min(box.clientWidth / size[0], box.clientHeight / size[1]);
  return { scale, left: (box.clientWidth - scale * size[0]) / 2, top: (box.clientHeight - scale * size[1]) / 2 };
};

const fit = (canvas) => {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  return ratio;
};

export const onCanvas = (canvas, size) => {
  const ratio = fit(canvas);
  const at = placed(canvas, size);
  wipe(canvas);
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio * at.scale, 0, 0, ratio * at.scale, ratio * at.left, ratio * at.top);
  return pen;
};

const stroke = (pen, lines, unit, rim) => {
  for (const [x1, y1, x2, y2, colour, width] of lines) {
    pen.strokeStyle = rim ? INK : css(colour);
    pen.lineWidth = Math.max(1, (width + (rim ? 2 * look.outline : 0)) * unit);
    pen.beginPath();
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
    pen.stroke();
  }
};

const draw = {
  lines: (pen, unit, lines) => {
    stroke(pen, lines, unit, true);
    stroke(pen, lines, unit, false);
  },
  dashes: (pen, unit, x1, y1, x2, y2, colour, width) => {
    stroke(pen, [[x1, y1, x2, y2, look.ink, width + look.outline]], unit, false);
    pen.setLineDash([look.dash * unit, look.dash * unit]);
    stroke(pen, [[x1, y1, x2, y2, colour, width]], unit, false);
    pen.setLineDash([]);
  },
  disc: (pen, unit, x, y, radius, colour) => {
    for (const [extra, fill] of [[look.outline, INK], [0, css(colour)]]) {
      pen.fillStyle = fill;
      pen.beginPath();
      pen.arc(x, y, Math.max(1, (radius + extra) * unit), 0, 2 * Math.PI);
      pen.fill();
    }
  },
  area: (pen, unit, corners, colour, opacity) => {
    pen.globalAlpha = opacity;
    pen.fillStyle = css(colour);
    pen.beginPath();
    corners.forEach(([x, y], n) => (n ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.fill();
    pen.globalAlpha = 1;
  },
};

const tag = (pen, unit, size, [text, x, y, units, colour, align]) => {
  const usual = Math.min(size[0] / 100, size[1] / 120);
  const px = units * Math.max(unit, 0.7 * usual);
  pen.font = `600 ${px}px Inter, system-ui, sans-serif`;
  const width = pen.measureText(text).width + 0.7 * px;
  const left = Math.max(0, Math.min(x - align * width, size[0] - width));
  pen.globalAlpha = 0.72;
  pen.fillStyle = INK;
  pen.beginPath();
  pen.roundRect(left, y - 0.625 * px, width, 1.25 * px, 0.3 * px);
  pen.fill();
  pen.globalAlpha = 1;
  pen.fillStyle = css(colour);
  pen.textBaseline = "middle";
  pen.fillText(text, left + 0.35 * px, y + 0.05 * px);
};

export const wipe = (canvas) => {
  const pen = canvas.getContext("2d");
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
};

export const paint = (canvas, moment) => {
  const pen = onCanvas(canvas, moment.size);
  pen.lineCap = "round";
  for (const [kind, ...about] of moment.shapes || []) draw[kind](pen, moment.unit_px, ...about);
  for (const one of moment.tags || []) tag(pen, moment.unit_px, moment.size, one);
};
