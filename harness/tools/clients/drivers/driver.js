// Drives one client of npm as its own users do: node --require watch.js driver.js CLIENT
// A line of JSON in: {"do": "open", "user", "password"} or {"do": "read", "minutes", "count"}; a line "@..." out for each:
// {"ok": true}, {"values": [[seconds, value]...]} or {"error": "..."}. What a client prints itself is nothing to anybody.
'use strict';
const events = require('events');
const path = require('path');
const readline = require('readline');

const modules = process.env.CLIENT_MODULES;
const load = (name) => require(path.join(modules, name));
const answer = (said) => process.stdout.write(`\n@${JSON.stringify(said)}\n`);
const known = (values) => answer({ values: values.sort((a, b) => b[0] - a[0]) });
const failed = (error) => answer({ error: String((error && error.message) || error).slice(0, 300) });
process.on('unhandledRejection', (error) => process.stdout.write(`\n?${JSON.stringify(String(error))}\n`));
process.on('uncaughtException', (error) => { failed(`it ended: ${error}`); process.exit(1); });

const clients = {
  // As Nightscout has it: an engine that is run again and again, and calls back with entries.
  'share2nightscout-bridge': () => {
    const engine = load('share2nightscout-bridge');
    let options, run;
    return {
      open: (said) => {
        options = {
          login: { accountName: said.user, password: said.password }, fetch: {}, nightscout: {},
          maxFailures: 3, firstFetchCount: 3, callback: (_, entries) => known(entries.map((one) => [one.date / 1000, one.sgv])),
        };
        answer({ ok: true });
      },
      read: (said) => {
        Object.assign(options.fetch, { minutes: said.minutes, maxCount: said.count });
        options.firstFetchCount = said.count;
        if (run) run(); else run = engine(options);
      },
    };
  },
  // As a plug-in of Nightscout: it polls by itself, so a read is its next batch.
  'nightscout-connect': () => {
    const connect = load('nightscout-connect');
    const bus = new events.EventEmitter();
    const stored = [], waiting = [], batches = [];
    const give = () => { while (waiting.length && batches.length) { waiting.shift(); known(batches.shift()); } };
    const sandbox = {
      data: { sgvs: stored, treatments: [], devicestatus: [], profile: [] }, lastEntry: (list) => list[list.length - 1],
    };
    const context = {
      bus, bootErrors: [],
      entries: {
        create: (entries, done) => {
          stored.push(...entries.map((one) => ({ mills: one.date })));
          stored.sort((a, b) => a.mills - b.mills);
          batches.push(entries.map((one) => [one.date / 1000, one.sgv]));
          give();
          done(null, entries);
        },
      },
      treatments: { create: (entries, done) => done(null, entries) },
    };
    setInterval(() => bus.emit('data-processed', sandbox), 200);
    return {
      open: (said) => {
        const settings = { source: 'dexcomshare', shareRegion: 'us', shareAccountName: said.user, sharePassword: said.password };
        connect({ extendedSettings: { connect: settings } }, context);
        answer({ ok: true });
      },
      read: () => { waiting.push(true); give(); },
    };
  },
  'dexcom-share-api': () => {
    const { DexcomClient } = load('dexcom-share-api');
    let client;
    return {
      open: (said) => {
        client = new DexcomClient({ username: said.user, password: said.password, server: said.server || 'us' });
        answer({ ok: true });
      },
      read: (said) => client.getEstimatedGlucoseValues({ minutes: said.minutes, maxCount: said.count })
        .then((values) => known(values.map((one) => [one.timestamp / 1000, one.mgdl])), failed),
    };
  },
  'dexcom-share': () => {
    const iterate = load('dexcom-share');
    let iterator;
    return {
      open: (said) => {
        iterator = iterate({ username: said.user, password: said.password });
        answer({ ok: true });
      },
      read: (said) => iterator.read({ minutes: said.minutes, maxCount: said.count })
        .then((values) => known(values.map((one) => [one.Date / 1000, one.Value])), failed),
    };
  },
};

const client = clients[process.argv[2]]();
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const said = JSON.parse(line);
  client[said.do](said);
}).on('close', () => process.exit(0));
