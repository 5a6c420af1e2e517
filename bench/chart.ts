import { writeNumber, type Chart } from "./measure.ts";

const size = { width: 840, name: 370, bar: 26, gap: 10, head: 44, foot: 12, value: 130 };

/** Draws a chart as an SVG picture: a bar for each median, and a line from the least to the most of its rounds. */
export function drawChart({ title, unit, bars }: Chart): string {
  const most = Math.max(...bars.map((bar) => bar.most));
  const scale = (size.width - size.name - size.value) / most;
  const height = size.head + bars.length * (size.bar + size.gap) + size.foot;
  const rows = bars.flatMap(({ name, median, least, most: highest }, place) => {
    const top = size.head + place * (size.bar + size.gap);
    const middle = top + size.bar / 2;
    const at = (value: number) => (size.name + value * scale).toFixed(1);
    const told = `${writeNumber(median)}${unit === "/s" ? unit : ` ${unit}`}`;
    return [
      `<text x="${size.name - 10}" y="${middle + 5}" text-anchor="end">${escape(name)}</text>`,
      `<rect x="${size.name}" y="${top}" width="${(median * scale).toFixed(1)}" height="${size.bar}" fill="${place === 0 ? "#1d70b8" : "#b1b4b6"}"/>`,
      `<line x1="${at(least)}" x2="${at(highest)}" y1="${middle}" y2="${middle}" stroke="#0b0c0c" stroke-width="2"/>`,
      `<text x="${(size.name + highest * scale + 8).toFixed(1)}" y="${middle + 5}">${told}</text>`,
    ];
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${height}" viewBox="0 0 ${size.width} ${height}" role="img" font-family="sans-serif" font-size="14" fill="#0b0c0c">`,
    `<title>${escape(title)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="12" y="26" font-size="17" font-weight="bold">${escape(title)}</text>`,
    ...rows,
    "</svg>",
  ].join("\n")}\n`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
