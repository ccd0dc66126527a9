/** What the server made of a picture that the browser cannot open. */
import { decode } from "@msgpack/msgpack";
import { codec, type Tensor } from "../socket";

export function received(content: ArrayBuffer): { pixels: Tensor<Uint8Array>; small: Tensor<Uint8Array> } {
  return decode(new Uint8Array(content), { extensionCodec: codec }) as ReturnType<typeof received>;
}
