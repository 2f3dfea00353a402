// The chat page while its sandbox is stopped, is not answering, and comes back. See run.sh.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  answersAfter,
  chartIn,
  keep,
  openPage,
  openRoom,
  say,
  settled,
  startBrowser,
  startService,
} from './support.mjs';

const limits = { timeout: 120_000 };
let browser;
let service;

before(async () => {
  [browser, service] = await Promise.all([startBrowser(), startService()]);
});
after(async () => {
  await browser?.close();
  await service?.end();
});

test('while the sandbox is stopped the page says so, though attempts go on', limits, async () => {
  const page = await openPage(browser, { url: service.url });
  await openRoom(page, 'Group room');
  // The bot has something to deliver that it cannot get rid of.
  await page.locator('input[name="trouble"][value="throttled"]').check();
  const asked = await say(page, '@Stentor chart mttr');
  await page.locator('#deliveries .state', { hasText: 'waiting' }).first().waitFor();
  await service.sandbox.stop();

  const away = page.locator('#away');
  await away.getByText('The sandbox is away.').waitFor();
  await away.getByText(/from \d\d:\d\d:\d\d/).waitFor();
  assert.equal(await page.locator('#failure').isVisible(), false, 'it is said once');
  assert.equal(await page.locator('#trouble-notice').isVisible(), false, 'nobody knows of that now');
  assert.equal(await page.locator('input[name="trouble"][value="slow"]').isDisabled(), true);
  assert.match(await page.locator('.whoami .connection').textContent(), /away/);
  // What the bot does meanwhile is still shown, and changes nothing about that.
  await page.locator('#deliveries .state', { hasText: /attempt [2-9]/ }).first().waitFor();
  await page.locator('#composer-text').fill('kept');
  await page.keyboard.press('Enter');
  await page.locator('#composer-note', { hasText: 'Not sent' }).waitFor();
  await page.locator('#away-now').click();
  assert.equal(await away.isVisible(), true);
  await keep(page, 'away');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 390, height: 780 });
  await settled(page);
  await keep(page, 'away-phone-dark');
  await page.setViewportSize({ width: 1440, height: 900 });

  await service.sandbox.start();
  await page.locator('body[data-connection="live"]').waitFor();
  assert.equal(await away.isVisible(), false);
  assert.equal(await page.locator('#trouble-notice').isVisible(), false, 'the trouble has ended');
  await chartIn(answersAfter(page, asked)).waitFor({ timeout: 60_000 });
  assert.equal(await page.locator('#composer-text').inputValue(), 'kept');
  assert.deepEqual(page.failures, []);
  await page.context().close();
});

test('a sandbox that is there and says nothing is away as well', limits, async () => {
  const page = await openPage(browser, {
    url: service.url,
    // Forty seconds of silence are a long test: the page's clock runs faster.
    prepare: (fresh) => fresh.clock.install(),
  });
  await openRoom(page, 'Group room');
  service.sandbox.signal('SIGSTOP');
  try {
    await page.clock.fastForward(41_000);
    await page.clock.fastForward(3_000);
    await page.locator('#away').getByText('The sandbox is away.').waitFor();
  } finally {
    service.sandbox.signal('SIGCONT');
  }
  await page.locator('body[data-connection="live"]').waitFor();
  assert.equal(await page.locator('#away').isVisible(), false);
  await page.context().close();
});
