// The chat page in a real browser, against the real sandbox and the real bot. See run.sh.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  answersAfter,
  chartIn,
  inspectPicture,
  keep,
  openPage,
  openRoom,
  patience,
  postAsBot,
  sandbox,
  say,
  settled,
  startBrowser,
  startProxy,
} from './support.mjs';

const limits = { timeout: 120_000 };
let browser;

before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

const card = {
  type: 'AdaptiveCard',
  version: '1.3',
  body: [
    { type: 'TextBlock', text: 'Restart waits for approval', weight: 'Bolder', wrap: true },
    { type: 'FactSet', facts: [{ title: 'Window', value: 'tonight' }] },
    { type: 'Input.Text', id: 'remark', label: 'Remark' },
  ],
  actions: [
    { type: 'Action.Submit', title: 'Approve', data: { decision: 'approve' } },
    { type: 'Action.OpenUrl', title: 'Open', url: 'javascript:document.title="taken"' },
  ],
};

async function postCard(roomId) {
  const contentType = 'application/vnd.microsoft.card.adaptive';
  const attachments = [{ contentType, content: card }];
  return postAsBot({ roomId, text: 'A card', attachments });
}

const pressed = (page) =>
  page.waitForResponse((response) => response.url().endsWith('/sandbox/actions'));

test('a picture that cannot be loaded leaves a sentence in its place', limits, async () => {
  const page = await openPage(browser, {
    prepare: (fresh) => fresh.route('**/sandbox/contents/**', (route) => route.abort()),
  });
  await openRoom(page, 'Group room');
  const asked = await say(page, '@Stentor chart mttr');
  await answersAfter(page, asked).getByText('cannot be shown').waitFor();
  assert.deepEqual(page.failures, []);
  await page.context().close();
});

test('markup in a message stays text or vanishes, and never runs', limits, async () => {
  const room = await sandbox.roomOf('group');
  const page = await openPage(browser);
  await openRoom(page, 'Group room');
  const markdown =
    'before <img src="/x" onerror="document.title=1"> <script>document.title=2</script> ' +
    '[bad](javascript:alert(1)) [good](https://example.com/) after';
  const posted = await postAsBot({ roomId: room.id, markdown });
  const message = page.locator(`.message[data-id="${posted.id}"]`);
  await message.getByText('after').waitFor();
  assert.equal(await message.locator('.body img, script').count(), 0);
  const targets = await message.locator('a').evaluateAll((all) => all.map((one) => one.href));
  assert.deepEqual(targets, ['https://example.com/']);
  assert.equal(await page.title(), 'Stentor sandbox');
  await page.context().close();
});

const hostile = [
  '<script>alert(1)</script><b>text</b>',
  '<img src=x onerror=alert(1)><svg onload=alert(1)><p>inside</p></svg>',
  '<a href="javascript:alert(1)">a</a><a href="java\\nscript:alert(1)">b</a><a href="//x">c</a>',
  '<a href="data:text/html,x">d</a><a href="https://example.com/" onclick="alert(1)">e</a>',
  '<iframe srcdoc="<script>1</script>"></iframe><form action=/><button>f</button></form>',
  '<p style="position:fixed" id="composer" class="skip">g</p><base href="//x"><meta http-equiv=refresh>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=1&gt;">',
  '<template><p>h</p></template><noscript><p title="</noscript><img src=x onerror=1>"></noscript>',
  '<ol start="7"><li><spark-mention data-object-id="1">Anna</spark-mention></li></ol>',
  `${'<blockquote>'.repeat(500)}deep`,
];

test('of hostile message HTML only harmless elements are left', limits, async () => {
  const page = await openPage(browser);
  const left = await page.evaluate(async (samples) => {
    const { sanitize } = await import('/html.js');
    return samples.map((html) => {
      const box = document.createElement('div');
      box.append(sanitize(html));
      return {
        text: box.textContent,
        tags: [...new Set([...box.querySelectorAll('*')].map((node) => node.localName))],
        attributes: [...box.querySelectorAll('*')].flatMap((node) =>
          [...node.attributes].map((one) => `${one.name}=${one.value}`)),
      };
    });
  }, hostile);
  const tags = new Set(left.flatMap((one) => one.tags));
  for (const bad of ['script', 'img', 'svg', 'iframe', 'form', 'button', 'style', 'base', 'meta']) {
    assert.ok(!tags.has(bad), `<${bad}> is still there`);
  }
  const attributes = [...new Set(left.flatMap((one) => one.attributes))].sort();
  assert.deepEqual(attributes, [
    'class=mention',
    'href=https://example.com/',
    'rel=noopener noreferrer',
    'start=7',
    'target=_blank',
  ]);
  assert.deepEqual(left[0].tags, ['b']);
  assert.equal(left[2].text, 'abc', 'the words of a bad link stay');
  assert.equal(left.at(-1).text, 'deep', 'the text of what is nested too deep stays');
  await page.context().close();
});

test('a chart asked for in the group room arrives as a picture', limits, async () => {
  const page = await openPage(browser);
  await openRoom(page, 'Group room');
  const asked = await say(page, '@Stentor chart mttr');
  const image = chartIn(answersAfter(page, asked));
  await image.waitFor();
  const found = await inspectPicture(image);
  assert.ok(found.width > 300, `the picture is ${found.width} pixels wide`);
  assert.ok(found.colours > 8, `the picture has ${found.colours} colours`);
  assert.ok(found.deviation > 5, `brightness spreads by ${found.deviation.toFixed(1)}`);
  await page.locator('#deliveries .state', { hasText: /^delivered$/ }).first().waitFor();
  await keep(page, 'chart');
  await page.emulateMedia({ colorScheme: 'dark' });
  await keep(page, 'chart-dark');
  assert.deepEqual(page.failures, []);
  await page.context().close();
});

test('in the direct room the bot answers without a mention', limits, async () => {
  const page = await openPage(browser);
  await openRoom(page, 'Direct');
  const asked = await say(page, 'help');
  await answersAfter(page, asked).getByText('chart').first().waitFor();
  await page.context().close();
});

test('a person with a keyboard alone can change rooms and ask', limits, async () => {
  const page = await openPage(browser);
  await openRoom(page, 'Group room');
  await page.reload();
  await page.locator('body[data-connection="live"]').waitFor();
  await page.locator('#rooms [aria-current]').waitFor();

  await page.keyboard.press('Tab');
  const focusedText = () => page.evaluate(() => document.activeElement.textContent);
  assert.match(await focusedText(), /Skip to writing/);
  await page.keyboard.press('Tab');
  assert.match(await focusedText(), /Group room/);
  await page.keyboard.press('ArrowDown');
  assert.match(await focusedText(), /Direct/);
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, 'none', 'the focus can be seen');
  await page.keyboard.press('Enter');

  await page.locator('#composer-text:focus').waitFor();
  await page.locator('#room-about', { hasText: 'Direct' }).waitFor();
  await page.keyboard.type('first line');
  await page.keyboard.press('Shift+Enter');
  assert.equal(await page.locator('#composer-text').inputValue(), 'first line\n');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('ping');
  await page.keyboard.press('Enter');
  const mine = page.locator('.message:not([data-hue="bot"])').filter({ hasText: 'ping' });
  await answersAfter(page, await mine.getAttribute('data-id')).first().waitFor();
  assert.equal(await page.locator('#composer-text').inputValue(), '');
  await page.locator('#announcer', { hasText: /Stentor: ./ }).waitFor({ state: 'attached' });
  await page.context().close();
});

test('at the width of a phone nothing scrolls sideways', limits, async () => {
  const page = await openPage(browser, {
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
  });
  const fits = () => page.evaluate(() => {
    const areas = [document.documentElement, document.getElementById('scroller')];
    return areas.every((area) => area.scrollWidth <= area.clientWidth);
  });
  await page.locator('#open-rooms').tap();
  await page.locator('#rooms button').filter({ hasText: 'Group room' }).tap();
  await page.locator('body:not(.rooms-open)').waitFor();
  const asked = await say(page, '@Stentor chart mttr');
  await chartIn(answersAfter(page, asked)).waitFor();
  assert.ok(await fits(), 'with a chart');
  await keep(page, 'phone');
  await page.locator('#open-panel').tap();
  await page.locator('.panel-open #panel').waitFor();
  await page.locator('#deliveries li').first().waitFor();
  await settled(page);
  assert.ok(await fits(), 'with the activity panel');
  await keep(page, 'phone-activity');
  await page.keyboard.press('Escape');
  await page.locator('body:not(.panel-open)').waitFor();
  await page.context().close();
});

test('a card is drawn by the library, and its button sends what was typed', limits, async () => {
  const room = await sandbox.roomOf('group');
  const page = await openPage(browser);
  await openRoom(page, 'Group room');
  const posted = await postCard(room.id);
  const shown = page.locator(`.message[data-id="${posted.id}"] .card`);
  await shown.locator('.ac-pushButton').first().waitFor();
  await shown.getByRole('textbox').fill('go on');
  const answer = pressed(page);
  await shown.getByText('Approve').click();
  const sent = (await answer).request().postDataJSON();
  assert.deepEqual(sent, { messageId: posted.id, inputs: { decision: 'approve', remark: 'go on' } });
  assert.equal((await answer).ok(), true);
  await shown.getByText('Open', { exact: true }).click();
  assert.equal(await page.title(), 'Stentor sandbox');
  await keep(page, 'card');
  await page.context().close();
});

test('the button of a question has the command done, and its answer is read', limits, async () => {
  const page = await openPage(browser);
  await openRoom(page, 'Direct');
  const asked = await say(page, 'post aging-tickets operations');
  const yes = page.getByRole('button', { name: 'Yes, do it' }).last();
  await yes.waitFor();
  await keep(page, 'confirm');
  await Promise.all([pressed(page), yes.click()]);
  await answersAfter(page, asked).getByText('is posted into').waitFor();
  assert.deepEqual(page.failures, []);
  await page.context().close();
});

test('without the library a card is text, and its button still works', limits, async () => {
  const room = await sandbox.roomOf('group');
  const page = await openPage(browser, {
    prepare: (fresh) => fresh.route('**/vendor/**', (route) => route.abort()),
  });
  await openRoom(page, 'Group room');
  const posted = await postCard(room.id);
  const shown = page.locator(`.message[data-id="${posted.id}"] .card-text`);
  await shown.getByText('Restart waits for approval').waitFor();
  await shown.getByText('tonight').waitFor();
  await shown.getByRole('textbox').fill('as text');
  assert.equal(await shown.getByText('Open', { exact: true }).count(), 0);
  const answer = pressed(page);
  await shown.getByRole('button', { name: 'Approve' }).click();
  const { inputs } = (await answer).request().postDataJSON();
  assert.deepEqual(inputs, { decision: 'approve', remark: 'as text' });
  await page.locator('.card-note', { hasText: 'Sent' }).last().waitFor();
  await keep(page, 'card-as-text');
  await page.context().close();
});

test('after the sandbox was away the page catches up by itself', limits, async () => {
  const room = await sandbox.roomOf('group');
  const proxy = await startProxy();
  const page = await openPage(browser, { url: proxy.url });
  await openRoom(page, 'Group room');
  await proxy.leave();
  await page.locator('body[data-connection="away"]').waitFor();
  const posted = await postAsBot({ roomId: room.id, text: 'said while you were away' });
  await page.locator('#composer-text').fill('kept');
  await page.keyboard.press('Enter');
  await page.locator('#composer-note', { hasText: 'Not sent' }).waitFor();
  assert.equal(await page.locator('#composer-text').inputValue(), 'kept');
  await proxy.comeBack();
  await page.locator(`.message[data-id="${posted.id}"]`).waitFor();
  await page.locator('body[data-connection="live"]').waitFor();
  await page.locator('#away').waitFor({ state: 'hidden' });
  await page.context().close();
  await proxy.leave();
});

// Last, since it leaves trouble behind when it fails half-way.
test('a chart whose answer is lost arrives once and is confirmed late', limits, async () => {
  const room = await sandbox.roomOf('group');
  const page = await openPage(browser);
  await openRoom(page, 'Group room');
  const known = new Set((await sandbox.messages(room.id)).items.map((item) => item.id));
  await page.locator('input[name="trouble"][value="answers_lost"]').check();
  await page.locator('#trouble-name', { hasText: 'answers lost' }).waitFor();
  const asked = await say(page, '@Stentor chart mttr');
  const chart = answersAfter(page, asked).filter({ has: page.locator('img[alt*="mttr"]') }).first();
  const late = chart.locator('.fate button', { hasText: 'Confirmed late' });
  await late.click({ timeout: 3 * patience });
  const delivery = page.locator('#deliveries li.marked .state');
  assert.equal(await delivery.textContent(), 'delivered (confirmed late)');
  await page.locator('#requests .remark', { hasText: 'answer lost' }).first().waitFor();
  await keep(page, 'answers-lost');
  await page.locator('#trouble-off').click();
  await page.locator('#trouble-notice').waitFor({ state: 'hidden' });

  // The next answer stands behind whatever the bot may still have had to say about the first.
  const next = await say(page, '@Stentor ping');
  await answersAfter(page, next).first().waitFor();
  const { items } = await sandbox.messages(room.id);
  const charts = items.filter(
    (item) => item.isBot && !known.has(item.id) && item.files.some((file) => /mttr/.test(file.name)),
  );
  assert.equal(charts.length, 1, 'one chart, not two');
  await page.context().close();
});
