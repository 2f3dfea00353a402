// What the browser tests share: a browser, the page, the sandbox's own interface, a proxy.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const need = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; start these tests with tests/browser/run.sh`);
  return value.replace(/\/$/, '');
};

export const pageUrl = need('STENTOR_PAGE_URL');
const apiUrl = need('WEBEX_API_BASE_URL');
const botToken = need('WEBEX_ACCESS_TOKEN');
const artifacts =
  process.env.STENTOR_ARTIFACTS || fs.mkdtempSync(path.join(os.tmpdir(), 'stentor-page-'));
fs.mkdirSync(artifacts, { recursive: true });

/** How long a picture may take on a machine that is busy building something else. */
export const patience = 20_000;

export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.STENTOR_CHROMIUM || '/usr/bin/chromium',
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/**
 * Opens the page in a context of its own (no storage shared with other tests) and waits until its
 * stream of events is open. `options` are Playwright's context options, and `url`; `prepare(page)`
 * runs before the page is loaded. Errors of the page's scripts are collected in `page.failures`.
 */
export async function openPage(browser, { url = pageUrl, prepare, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.failures = [];
  page.on('pageerror', (error) => page.failures.push(String(error)));
  page.setDefaultTimeout(patience);
  await prepare?.(page);
  await page.goto(url);
  await page.locator('body[data-connection="live"]').waitFor();
  return page;
}

export function keep(page, name) {
  return page.screenshot({ path: path.join(artifacts, `${name}.png`) });
}

/** Waits until nothing on the page moves any more. */
export function settled(page) {
  return page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished)));
}

/** Opens the first room of a kind, "Group room" or "Direct". */
export async function openRoom(page, kind) {
  const room = page.locator('#rooms button').filter({ hasText: kind }).first();
  const title = await room.locator('.room-title').textContent();
  await room.click();
  await page.locator('#room-title', { hasText: title }).waitFor();
}

/** Types into the composer and presses Enter; returns the id of the message that appears. */
export async function say(page, text) {
  const last = page.locator('#messages .message:not(.in-thread)').last();
  const before = await last.getAttribute('data-id', { timeout: 500 }).catch(() => null);
  await page.locator('#composer-text').fill(text);
  await page.keyboard.press('Enter');
  await page.waitForFunction(
    ([old, words]) => {
      const all = [...document.querySelectorAll('#messages .message:not([data-hue="bot"])')];
      const mine = all.at(-1);
      return mine && mine.dataset.id !== old && mine.textContent.includes(words);
    },
    [before, text.replace(/^@\S+\s*/, '')],
  );
  return page.evaluate(
    () => [...document.querySelectorAll('#messages .message:not([data-hue="bot"])')].at(-1).dataset.id,
  );
}

/** Messages of the bot that stand after the message with this id, whether in its thread or not. */
export function answersAfter(page, id) {
  return page.locator(`.message[data-id="${id}"] ~ .message[data-hue="bot"]`);
}

/** The picture of the chart mttr among `answers`; other charts may come in from a schedule. */
export function chartIn(answers) {
  return answers.locator('.picture:not(.loading) img[alt*="mttr"]').first();
}

async function json(url, options) {
  const response = await fetch(url, { ...options, signal: AbortSignal.timeout(patience) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

export const sandbox = {
  state: () => json(`${pageUrl}/sandbox/state`),
  messages: (roomId) =>
    json(`${pageUrl}/sandbox/rooms/${encodeURIComponent(roomId)}/messages?limit=200`),
  roomOf: async (type) => (await sandbox.state()).rooms.find((room) => room.type === type),
};

/** Posts as the bot through the sandbox's Webex interface; returns the message. */
export function postAsBot(message) {
  return json(`${apiUrl}/messages`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${botToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(message),
  });
}

/** A TCP proxy to the page's server which can go away and come back at the same address. */
export async function startProxy() {
  const target = new URL(pageUrl);
  const sockets = new Set();
  const server = net.createServer((incoming) => {
    const outgoing = net.connect(Number(target.port), target.hostname);
    for (const [socket, other] of [[incoming, outgoing], [outgoing, incoming]]) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  const listen = (port) => new Promise((done) => server.listen(port, '127.0.0.1', done));
  await listen(0);
  const { port } = server.address();
  const leave = () =>
    new Promise((done) => {
      server.close(done);
      for (const socket of sockets) socket.destroy();
    });
  return { url: `http://127.0.0.1:${port}`, leave, comeBack: () => listen(port) };
}

/**
 * A sandbox and a bot of one test's own, so that it can stop them. `sandbox.stop()` and
 * `sandbox.start()` (at the same address, with the same state), `end()` for all of it.
 */
export async function startService() {
  const program = need('STENTOR_PROGRAM');
  const root = new URL('../..', import.meta.url).pathname;
  const state = fs.mkdtempSync(path.join(os.tmpdir(), 'stentor-service-'));
  const config = ['--config', path.join(root, 'assets/config/demo.yaml')];
  const env = { PATH: process.env.PATH, HOME: state, LANG: 'C.UTF-8' };
  const botPort = await freePort();

  // Starts a verb and waits for its ready file, whose NAME=value lines it gives back.
  async function start(verb, args, more = {}) {
    const ready = path.join(state, `${verb}.ready`);
    fs.rmSync(ready, { force: true });
    const child = spawn(program, [verb, ...config, '--ready-file', ready, ...args], {
      env: { ...env, ...more },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    for (let i = 0; i < 300 && !fs.existsSync(ready); ++i) await delay(100);
    const lines = fs.readFileSync(ready, 'utf8').trim().split('\n');
    const stop = async (signal = 'SIGTERM') => {
      child.kill(signal);
      await ended;
    };
    return { child, stop, ...Object.fromEntries(lines.map((line) => line.split(/=(.*)/s))) };
  }

  const sandboxArgs = (port) => [
    '--port', String(port), '--state-dir', path.join(state, 'sandbox'),
    '--web-root', path.join(root, 'assets/web'), '--bot-url', `http://127.0.0.1:${botPort}`,
  ];
  let running = await start('sandbox', sandboxArgs(0));
  const { SANDBOX_URL: url, WEBEX_API_BASE_URL, WEBEX_ACCESS_TOKEN } = running;
  const bot = await start(
    'serve',
    [
      '--env-file', '/dev/null', '--state-dir', path.join(state, 'bot'),
      '--port', String(botPort), '--page-origin', url,
    ],
    { WEBEX_API_BASE_URL, WEBEX_ACCESS_TOKEN },
  );
  return {
    url,
    sandbox: {
      stop: () => running.stop(),
      start: async () => {
        running = await start('sandbox', sandboxArgs(new URL(url).port));
      },
      signal: (name) => running.child.kill(name),
    },
    async end() {
      await bot.stop();
      await running.stop('SIGKILL');
      fs.rmSync(state, { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** How many colours a picture has, and how far its brightness spreads; drawn at a small size. */
export function inspectPicture(image) {
  return image.evaluate(async (node) => {
    await node.decode();
    const canvas = document.createElement('canvas');
    canvas.width = 240;
    canvas.height = Math.max(1, Math.round((240 * node.naturalHeight) / node.naturalWidth));
    const context = canvas.getContext('2d');
    context.drawImage(node, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set();
    let sum = 0;
    let squares = 0;
    for (let at = 0; at < data.length; at += 4) {
      colours.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
      const light = (data[at] + data[at + 1] + data[at + 2]) / 3;
      sum += light;
      squares += light * light;
    }
    const pixels = data.length / 4;
    const mean = sum / pixels;
    return {
      width: node.naturalWidth,
      height: node.naturalHeight,
      colours: colours.size,
      deviation: Math.sqrt(squares / pixels - mean * mean),
    };
  });
}
