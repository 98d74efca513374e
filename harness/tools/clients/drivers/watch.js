// Loaded before a client: says which requests it makes and how they are answered. Changes nothing of them.
'use strict';
const https = require('https');
const make = https.request;
https.request = function (...asked) {
  const request = make.apply(this, asked);
  const say = (status) => process.stdout.write(`\n#${JSON.stringify({ path: request.path.split('?')[0], status })}\n`);
  request.on('response', (answer) => say(answer.statusCode));
  request.on('error', () => say(0));
  return request;
};
