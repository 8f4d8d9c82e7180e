// Answers that come in pieces.

/** The lines of a text that comes in pieces. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      yield line.endsWith("\r") ? line.slice(0, -1) : line;
    }
  }
}

/** A server-sent event: what it is called, and what it says. */
export interface ServerEvent {
  name: string;
  data: unknown;
}

/** Server-sent events as they come. */
export async function* eventsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent, void, undefined> {
  let name = "message";
  let data: string[] = [];
  for await (const line of linesOf(chunks)) {
    if (line === "" && data.length > 0) {
      yield { name, data: JSON.parse(data.join("\n")) };
      [name, data] = ["message", []];
    }
    const [field, value] = line.split(/: ?(.*)/s);
    if (field === "event") {
      name = value ?? "";
    } else if (field === "data") {
      data.push(value ?? "");
    }
  }
}
