// Reads a workbook as far as the tests need it, with nothing but node's own library.
import { inflateRawSync } from "node:zlib";

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL_HEADER = 30;
const DEFLATED = 8;

/** The files of a zip archive by their names. */
export function unzip(archive) {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || archive.readUInt32LE(end) !== END) throw new Error("no zip archive");
  const files = new Map();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== ENTRY) throw new Error("the zip's directory is damaged");
    const [name, extra, comment] = [28, 30, 32].map((field) => archive.readUInt16LE(at + field));
    const file = archive.toString("utf8", at + 46, at + 46 + name);
    files.set(file, content(archive, at));
    at += 46 + name + extra + comment;
  }
  return files;
}

function content(archive, entry) {
  const method = archive.readUInt16LE(entry + 10);
  const size = archive.readUInt32LE(entry + 20);
  const header = archive.readUInt32LE(entry + 42);
  const names = archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
  const from = header + LOCAL_HEADER + names;
  const packed = archive.subarray(from, from + size);
  return method === DEFLATED ? inflateRawSync(packed) : packed;
}

/** The names of a workbook's sheets, in order. */
export function sheetNames(archive) {
  const workbook = unzip(archive).get("xl/workbook.xml").toString("utf8");
  return [...workbook.matchAll(/<sheet [^>]*name="([^"]*)"/g)].map((match) => match[1]);
}

/** All of a workbook's XML as one text. */
export function workbookText(archive) {
  const sheets = [...unzip(archive)].filter(([name]) => name.startsWith("xl/"));
  return sheets.map(([, bytes]) => bytes.toString("utf8")).join("\n");
}
