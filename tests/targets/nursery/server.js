#!/usr/bin/env node
// A small follow service in another language than the harness, with a bug of its own.
//
// Devices post readings as JSON, followers ask for the newest one, and a webhook is called when a child's readings stop.
// The bug: whether readings have stopped is only looked at when a reading arrives, from whomever. If all devices are
// cut off at once nobody is ever alerted. CHECK_EVERY_S=n mends it: then a timer looks, too.
//
// One process; what it must not forget is a line of one file, on the disk before it is acknowledged.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

const VERSION = "1.0.0";
const BODY_BYTES_MAX = 256 * 1024;
const READINGS_MAX = 500;
const SEND_LIMIT_MS = 2000;
const SEND_AGAIN_MS = 500;
const seconds = (name, usual) => {
  const value = Number(process.env[name] ?? usual);
  if (!Number.isFinite(value) || value < 0) {
    process.stderr.write(`nursery: ${name} must be a number of seconds, 0 or more, not ${process.env[name]}\n`);
    process.exit(64);
  }
  return value;
};

if (process.argv.includes("--version")) {
  process.stdout.write(`nursery ${VERSION}\n`);
  process.exit(0);
}

const NO_DATA_AFTER_S = seconds("NO_DATA_AFTER_S", 1200);
const REPEAT_EVERY_S = seconds("REPEAT_EVERY_S", 900);
const CHECK_EVERY_S = seconds("CHECK_EVERY_S", 0);
const ALERT_URL = process.env.ALERT_URL ?? "";
const FOLDER = process.env.DATA ?? ".";

const now = () => Date.now() / 1000;

/** What is known of a child: its readings by stamp, who follows it, and when they were last alerted. */
class Child {
  constructor(name) {
    this.name = name;
    this.readings = new Map();
    this.newest = null;
    this.followers = new Map();
  }

  take(at, mgDl) {
    this.readings.set(at, mgDl);
    if (this.newest === null || at > this.newest) this.newest = at;
  }
}

/** All children, kept in one file of JSON lines. */
class Nursery {
  constructor(folder) {
    fs.mkdirSync(folder, { recursive: true });
    this.children = new Map();
    const file = path.join(folder, "nursery.jsonl");
    if (fs.existsSync(file)) this.load(file);
    this.file = fs.openSync(file, "a");
  }

  load(file) {
    for (const line of fs.readFileSync(file, "utf8").split("\n")) {
      try {
        if (line) this.apply(JSON.parse(line));
      } catch {
        process.stderr.write("nursery: a torn line of nursery.jsonl is left out\n");
      }
    }
    // What stood when it died may not have been sent: it is sent again.
    for (const child of this.children.values()) child.followers.forEach((one) => (one.alerted = null));
  }

  child(name) {
    if (!this.children.has(name)) this.children.set(name, new Child(name));
    return this.children.get(name);
  }

  /** Carry out what a line says. */
  apply({ child, readings, follower, since, alerted }) {
    const one = this.child(child);
    for (const [at, mgDl] of readings ?? []) one.take(at, mgDl);
    if (follower !== undefined && since !== undefined) one.followers.set(follower, { since, alerted: null });
    if (follower !== undefined && alerted !== undefined && one.followers.has(follower)) {
      one.followers.get(follower).alerted = alerted;
    }
  }

  /** Write lines down, then carry them out: what was acknowledged survives a crash. */
  write(lines) {
    fs.writeSync(this.file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    fs.fdatasyncSync(this.file);
    lines.forEach((line) => this.apply(line));
  }

  /** Look whose readings have stopped, and whose are back. Returns the messages to be sent. */
  check() {
    const messages = [];
    const lines = [];
    for (const child of this.children.values()) {
      for (const [follower, { since, alerted }] of child.followers) {
        const silent = now() - Math.max(child.newest ?? 0, since) >= NO_DATA_AFTER_S;
        const due = alerted === null || (REPEAT_EVERY_S > 0 && now() - alerted >= REPEAT_EVERY_S);
        if (silent && due) lines.push({ child: child.name, follower, alerted: now() });
        else if (!silent && alerted !== null) lines.push({ child: child.name, follower, alerted: null });
        else continue;
        const kind = silent ? "no_data" : "data_again";
        messages.push({ kind, to: follower, child: child.name, last_reading: child.newest });
      }
    }
    if (lines.length > 0) this.write(lines);
    return messages;
  }
}

/** Sends messages one after the other for each follower, each until it is taken or a newer one is there. */
class Messenger {
  constructor(url) {
    this.url = url;
    this.waiting = new Map();
    this.busy = new Set();
  }

  send(message) {
    const key = `${message.to} ${message.child}`;
    this.waiting.set(key, message);
    if (this.url && !this.busy.has(key)) this.deliver(key);
  }

  async deliver(key) {
    this.busy.add(key);
    while (this.waiting.has(key)) {
      const message = this.waiting.get(key);
      let again = SEND_AGAIN_MS;
      try {
        const answer = await fetch(this.url, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(message),
          signal: AbortSignal.timeout(SEND_LIMIT_MS),
        });
        await answer.arrayBuffer();
        const refused = answer.status === 429 || answer.status >= 500;
        if (!refused && this.waiting.get(key) === message) this.waiting.delete(key);
        if (!refused) continue;
        again = Math.max(again, 1000 * (Number(answer.headers.get("retry-after")) || 0));
      } catch {
        // Nobody answered: it is tried again.
      }
      await new Promise((done) => setTimeout(done, again));
    }
    this.busy.delete(key);
  }
}

const nursery = new Nursery(FOLDER);
const messenger = new Messenger(ALERT_URL);
const look = () => nursery.check().forEach((message) => messenger.send(message));

/** A request that makes no sense, with what is answered. */
class Refusal extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

const named = (value, what) => {
  if (typeof value !== "string" || value.length === 0 || value.length > 100) throw new Refusal(400, `${what} is missing`);
  return value;
};

const whole = (value, what) => {
  if (!Number.isSafeInteger(value)) throw new Refusal(400, `${what} must be a whole number`);
  return value;
};

const upload = ({ child, readings }) => {
  if (!Array.isArray(readings) || readings.length > READINGS_MAX) throw new Refusal(400, "readings must be a list");
  const pairs = readings.map((one) => [whole(one?.at, "at"), whole(one?.mg_dl, "mg_dl")]);
  nursery.write([{ child: named(child, "child"), readings: pairs }]);
  look();
  return { stored: pairs.length };
};

const follow = ({ child, follower }) => {
  nursery.write([{ child: named(child, "child"), follower: named(follower, "follower"), since: now() }]);
  return { follows: child };
};

const latest = (name) => {
  const child = nursery.children.get(name);
  if (child === undefined || child.newest === null) return {};
  return { at: child.newest, mg_dl: child.readings.get(child.newest) };
};

const stored = (name) => {
  const readings = nursery.children.get(name)?.readings ?? new Map();
  return { readings: [...readings].map(([at, mgDl]) => ({ at, mg_dl: mgDl })) };
};

const body = async (request) => {
  let text = "";
  for await (const part of request.setEncoding("utf8")) {
    text += part;
    if (text.length > BODY_BYTES_MAX) throw new Refusal(413, "the body is too large");
  }
  try {
    const said = JSON.parse(text);
    if (said !== null && typeof said === "object") return said;
  } catch {
    // Answered below: it is no object.
  }
  throw new Refusal(400, "the body is no JSON object");
};

const answer = async (request) => {
  const [, first, name, last] = decodeURIComponent(request.url.split("?")[0]).split("/");
  if (request.method === "POST" && first === "readings") return upload(await body(request));
  if (request.method === "POST" && first === "followers") return follow(await body(request));
  if (request.method === "GET" && first === "children" && last === "latest") return latest(name);
  if (request.method === "GET" && first === "children" && last === "stored") return stored(name);
  if (request.method === "GET" && first === "health") return { version: VERSION, waiting: messenger.waiting.size };
  throw new Refusal(404, "there is nothing here");
};

const server = http.createServer(async (request, response) => {
  let status = 200;
  let said;
  try {
    said = await answer(request);
  } catch (error) {
    status = error instanceof Refusal ? error.status : error instanceof URIError ? 400 : 500;
    said = { error: error.message };
    if (status === 500) process.stderr.write(`nursery: ${request.method} ${request.url}: ${error.message}\n`);
  }
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(said));
});

if (CHECK_EVERY_S > 0) setInterval(look, CHECK_EVERY_S * 1000);
for (const name of ["SIGTERM", "SIGINT"]) process.on(name, () => process.exit(0));
server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? "127.0.0.1", () =>
  process.stdout.write(`nursery ${VERSION} listens on ${server.address().address}:${server.address().port}\n`),
);
