/** The socket: what is wished goes, what becomes of it comes. */
import { decode, ExtensionCodec } from "@msgpack/msgpack";
import { signal } from "@preact/signals";
import { setup } from "./setup";

export interface Tensor<T = Float32Array> {
  shape: number[];
  data: T;
}

export interface Event {
  id: number;
  kind: string;
  [more: string]: any; // every task has events of its own
}

type Heard = (event: Event) => void;
/** The connection was lost: what was heard so far comes once more. False: it is not to be sent again. */
type Again = () => boolean | void;

/** Whether the server answers. */
export const connected = signal(true); // until it is known better

const KINDS: Record<string, (buffer: ArrayBuffer) => ArrayLike<number> | ArrayLike<bigint>> = {
  f4: (b) => new Float32Array(b),
  f8: (b) => new Float64Array(b),
  i4: (b) => new Int32Array(b),
  i8: (b) => Float64Array.from(new BigInt64Array(b), Number),
  u1: (b) => new Uint8Array(b),
  u2: (b) => new Uint16Array(b),
  b1: (b) => new Uint8Array(b),
};

export const codec = new ExtensionCodec();
codec.register({
  type: 1,
  encode: () => null,
  decode: (bytes) => {
    const [kind, shape, content] = decode(bytes) as [string, number[], Uint8Array];
    return { shape, data: KINDS[kind]!(content.slice().buffer) };
  },
});

let socket: WebSocket | null = null;
let latest = 0;
let isAgain = false;
const waiting = new Map<number, { panel: string; heard: Heard; message: string; again?: Again }>();

function connect(): void {
  socket = new WebSocket(new URL("./socket", location.href.replace(/^http/, "ws").split("#")[0]));
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    connected.value = true;
    for (const [id, { message, again }] of waiting) {
      if (isAgain && again?.() === false) waiting.delete(id);
      else socket!.send(message);
    }
    isAgain = true;
  };
  socket.onmessage = ({ data }) => {
    const event = decode(new Uint8Array(data as ArrayBuffer), { extensionCodec: codec }) as Event;
    const asked = waiting.get(event.id);
    if (!asked) return;
    if (["done", "error", "dropped"].includes(event.kind)) waiting.delete(event.id);
    if (event.kind !== "dropped") asked.heard(event);
  };
  socket.onclose = () => {
    connected.value = false;
    setTimeout(connect, 1000);
  };
}

/** Wish something of a task in a panel; an older wish of the panel is given up. */
export function wish(panel: string, task: string, wished: object, heard: Heard, again?: Again): void {
  if (!socket) connect();
  for (const [id, asked] of waiting) if (asked.panel === panel) waiting.delete(id);
  const id = ++latest;
  const lang = setup.value?.lang ?? "en";
  const message = JSON.stringify({ v: 1, id, panel, task, wish: wished, lang });
  waiting.set(id, { panel, heard, message, again });
  if (socket!.readyState === WebSocket.OPEN) socket!.send(message);
}

/** Nobody waits for the wish of a panel any more. */
export function giveUp(panel: string): void {
  for (const [id, asked] of waiting) {
    if (asked.panel !== panel) continue;
    waiting.delete(id);
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ v: 1, id, panel }));
  }
}

/** An answer that comes whole: the last event of a wish. */
export function ask(panel: string, task: string, wished: object): Promise<Event> {
  return new Promise((resolve, reject) =>
    wish(panel, task, wished, (event) => {
      if (event.kind === "done") resolve(event);
      if (event.kind === "error") reject(new Error(event.text ?? "lost"));
    }),
  );
}
