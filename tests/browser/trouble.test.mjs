// The switches that make the sandbox misbehave, each of them, and the fault plan. See run.sh.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { answersAfter, keep, openPage, openRoom, pageUrl, say, startBrowser } from './support.mjs';

const limits = { timeout: 120_000 };
let browser;

before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());
// Nothing is left behind by a test that fails half-way.
afterEach(async () => {
  for (const [path, body] of [['trouble', '{"mode":"none"}'], ['faults', '{}']]) {
    const headers = { 'Content-Type': 'application/json' };
    await fetch(`${pageUrl}/sandbox/${path}`, { method: 'PUT', headers, body });
  }
});

// What the bot's requests look like under each trouble. Where it may read, it has an answer to
// deliver; else it cannot even learn what was asked.
const troubles = [
  { mode: 'unavailable', name: 'unavailable', request: /503/ },
  { mode: 'throttled', name: 'throttled', request: /429/, delivery: /waiting/ },
  { mode: 'slow', name: 'slow', request: /200/, delivery: /sending/ },
  { mode: 'token_refused', name: 'token refused', request: /401/ },
];

for (const { mode, name, request, delivery } of troubles) {
  test(`the switch "${name}" can be seen to work, and to end`, limits, async () => {
    const page = await openPage(browser);
    await openRoom(page, 'Group room');
    await page.locator('#requests-clear').click();
    await page.locator('#trouble-seconds').selectOption('0');
    await page.locator(`input[name="trouble"][value="${mode}"]`).check();
    await page.locator('#trouble-name', { hasText: name }).waitFor();
    await page.locator('#trouble-count', { hasText: 'until switched off' }).waitFor();
    const asked = await say(page, '@Stentor ping');
    if (delivery) await page.locator('#deliveries .state', { hasText: delivery }).first().waitFor();
    await page.locator('#requests .status', { hasText: request }).first().waitFor();
    await keep(page, `trouble-${mode}`);
    await page.locator('#trouble-off').click();
    await page.locator('#trouble-notice').waitFor({ state: 'hidden' });
    await answersAfter(page, asked).getByText('pong').first().waitFor({ timeout: 60_000 });
    assert.deepEqual(page.failures, []);
    await page.context().close();
  });
}

test('a fault plan is written, refused, used and switched off on the page', limits, async () => {
  const page = await openPage(browser);
  await openRoom(page, 'Group room');
  await page.locator('#plan summary').click();
  await page.locator('#plan-text').fill('{"rules":[{"action":{"kind":"explode"}}]}');
  await page.locator('#plan-apply').click();
  await page.locator('#plan-note.bad', { hasText: 'rule 1.action: kind must be one of' }).waitFor();
  assert.equal(await page.locator('#plan-notice').isVisible(), false);

  // Every example is a plan that the sandbox takes.
  const names = await page.locator('#plan-example option').allTextContents();
  assert.ok(names.length > 10);
  for (const name of names.slice(1)) {
    await page.locator('#plan-example').selectOption(name);
    await page.locator('#plan-apply').click();
    await page.locator('#plan-notice').waitFor();
    assert.equal(await page.locator('#plan-note').textContent(), '', name);
    await page.locator('#plan-off').click();
    await page.locator('#plan-notice').waitFor({ state: 'hidden' });
  }

  await page.locator('#plan-example').selectOption('Half answers');
  await page.locator('#plan-apply').click();
  await page.locator('#plan-words', { hasText: '1 rule' }).waitFor();
  const asked = await say(page, '@Stentor ping');
  await answersAfter(page, asked).first().waitFor();
  await page.locator('#requests .remark', { hasText: 'answer lost' }).first().waitFor();
  await keep(page, 'fault-plan');
  const other = await openPage(browser);
  await other.locator('#plan-words', { hasText: '1 rule' }).waitFor();
  await other.context().close();
  await page.locator('#plan-off').click();
  await page.locator('#plan-notice').waitFor({ state: 'hidden' });
  assert.equal(await page.locator('#plan-count').textContent(), 'none');
  assert.deepEqual(page.failures, []);
  await page.context().close();
});
