import type { Page } from "@playwright/test";

/** A JPEG file into which a camera of this maker has written. */
export async function photograph(page: Page, maker: string): Promise<Buffer> {
  const address = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [64, 48];
    const context = canvas.getContext("2d")!;
    context.fillStyle = "teal";
    context.fillRect(0, 0, 40, 40);
    return canvas.toDataURL("image/jpeg");
  });
  const jpeg = Buffer.from(address.slice(address.indexOf(",") + 1), "base64");
  // EXIF is a TIFF file in a segment of its own: here with one entry, the maker, as text with a NUL at its end.
  const text = Buffer.from(`${maker}\0`, "latin1");
  const head = Buffer.alloc(26);
  head.write("II*\0", "latin1");
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(1, 8);
  head.writeUInt16LE(0x010f, 10);
  head.writeUInt16LE(2, 12);
  head.writeUInt32LE(text.length, 14);
  head.writeUInt32LE(26, 18);
  const content = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), head, text]);
  const segment = Buffer.from([0xff, 0xe1, 0, 0]);
  segment.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), segment, content, jpeg.subarray(2)]);
}
