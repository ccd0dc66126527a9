// What runs ONNX files in an exported page: code and machine code, packed, beside the page's files.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

const from = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));
for (const [name, packed] of [
  ["ort.wasm.bundle.min.mjs", "onnx.mjs.gz"],
  ["ort-wasm-simd-threaded.wasm", "onnx.wasm.gz"],
]) {
  writeFileSync(join("../src/fclab/web/static", packed), gzipSync(readFileSync(join(from, name)), { level: 9 }));
}
