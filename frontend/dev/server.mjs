/**
 * A development double of the Assay server: made-up answers, loopback only.
 *
 * Run it with `npm run mock`; set PORT to choose where. It keeps nothing.
 */
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { routes } from "./routes.mjs";
import { traceRoutes } from "./traceRoutes.mjs";

const port = Number(process.env.PORT ?? 9999);
const built =
  process.env.PAGE ?? fileURLToPath(new URL("../../src/assay/apps/server/page/", import.meta.url));
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".json": "application/json",
};

function sendPage(path, response) {
  const wanted = join(built, path);
  const file =
    wanted.startsWith(built) && existsSync(wanted) && statSync(wanted).isFile()
      ? wanted
      : join(built, "index.html");
  if (!existsSync(file))
    return sendJson(response, 404, {
      title: "No built page",
      status: 404,
      detail: "Run npm run build first.",
    });
  response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
}

function sendJson(response, status, body) {
  const type = status >= 400 ? "application/problem+json" : "application/json";
  response.writeHead(status, { "Content-Type": type });
  response.end(JSON.stringify(body));
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const text = Buffer.concat(parts).toString("utf8");
  return request.headers["content-type"]?.startsWith("application/json")
    ? JSON.parse(text || "{}")
    : text;
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  for (const [method, pattern, handle] of [...traceRoutes, ...routes]) {
    const match = method === request.method ? pattern.exec(url.pathname) : null;
    if (!match) continue;
    const query = Object.fromEntries(url.searchParams);
    for (const name of ["run_ids", "datapoint_id"]) {
      if (query[name]) query[name] = url.searchParams.getAll(name);
    }
    const answer = handle({
      params: match.slice(1).map(decodeURIComponent),
      query,
      body: await bodyOf(request),
      request,
      response,
    });
    if (answer) sendJson(response, answer.status ?? 200, answer.body);
    return;
  }
  if (/^\/(api|v1|health)\//.test(url.pathname)) {
    sendJson(response, 404, {
      type: "about:blank",
      title: "Not found",
      status: 404,
      detail: `Nothing is at ${url.pathname}.`,
      code: "not_found",
    });
    return;
  }
  sendPage(url.pathname, response);
});
server.listen(port, "127.0.0.1", () =>
  console.log(`development double on http://127.0.0.1:${port}`),
);
