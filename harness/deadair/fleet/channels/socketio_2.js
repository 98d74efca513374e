// Listens to a server of Socket.IO 2, as its followers do, and tells what it hears: a line of JSON each, on its
// standard output. It connects again by itself, and ends when its standard input does. Knows no service.
//
// usage: node socketio_2.js ORDERS, a JSON object: `client` (the folder of socket.io-client 2), `url` (with the
// namespace), `events` (names), `hello` (an event's name and its arguments, or nothing)
'use strict';

const BYTES_MAX = 32 * 1024;
const orders = JSON.parse(process.argv[2]);
const connect = require(orders.client);

function tell(what, facts) {
  process.stdout.write(JSON.stringify(Object.assign({ what, at_ms: Date.now() }, facts)) + '\n');
}

// Followers of a service connect again within seconds, and for ever.
const socket = connect(orders.url, { forceNew: true, reconnectionDelay: 500, reconnectionDelayMax: 2000, timeout: 5000 });

socket.on('connect', () => {
  tell('up', {});
  if (orders.hello.length) socket.emit(...orders.hello);
});
socket.on('disconnect', reason => tell('down', { why: String(reason).slice(0, 200) }));
for (const event of orders.events) {
  socket.on(event, (...given) => {
    const args = given.filter(one => typeof one !== 'function');
    const long = Buffer.byteLength(JSON.stringify(args)) > BYTES_MAX;
    tell('event', { event, args: long ? [] : args, long });
  });
}

process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
