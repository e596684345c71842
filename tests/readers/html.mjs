// SPDX-License-Identifier: Apache-2.0
// Looks at HTML reports in headless Chromium as a person does: wide and narrow, light and dark, by mouse, by keyboard, on
// paper. Prints one line for each page; the first thing that does not hold ends it.
//
//   node html.mjs CHROMIUM SCREENSHOT-FOLDER REPORT.html...
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import puppeteer from 'puppeteer-core';

const [executablePath, folder, ...reports] = process.argv.slice(2);
fs.mkdirSync(folder, { recursive: true });

// The least contrast of any text that is seen (WCAG 2.1, 1.4.3), and where it is.
function leastContrast() {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const rgba = channels(getComputedStyle(at).backgroundColor);
      if (rgba.length === 3 || rgba[3] === 1) return rgba;
    }
    return [255, 255, 255];
  };
  let least = { ratio: 21 };
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim();
    const element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const colour = element instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [luminance(channels(colour)), luminance(background(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    texts++;
    if (ratio < least.ratio) least = { ratio, text: text.slice(0, 60), colour, on: background(element).join() };
  }
  return { ...least, texts };
}

async function open(browser, report, { width, dark }) {
  const page = await browser.newPage();
  const trouble = [];
  page.on('console', (message) => trouble.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => trouble.push(`request failed: ${request.url()}`));
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) trouble.push(`request: ${request.url()}`);
  });
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]);
  await page.goto(`file://${path.resolve(report)}`);
  page.expectNoTrouble = () => assert.deepEqual(trouble, [], `${report}: nothing goes wrong`);
  return page;
}

const isSeen = (page, selector) => page.$eval(selector, (element) => element.checkVisibility({ contentVisibilityAuto: true }));

async function looks(browser, report, name) {
  const least = [];
  for (const dark of [false, true])
    for (const width of [1280, 360]) {
      const page = await open(browser, report, { width, dark });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${report}: at ${width} px the page itself does not scroll sideways, but by ${over} px`);
      await page.screenshot({ path: `${folder}/${name}-${width}-${dark ? 'dark' : 'light'}.png`, fullPage: true });
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
      const contrast = await page.evaluate(leastContrast);
      assert.ok(contrast.texts > 20, `${report}: there is text to look at`);
      assert.ok(contrast.ratio >= 4.5, `${report}: contrast of at least 4.5: ${JSON.stringify(contrast)}`);
      least.push(contrast.ratio);
      page.expectNoTrouble();
      await page.close();
    }
  return Math.min(...least);
}

// Every verdict of the matrix leads to its evidence; by a click, and by the keyboard alone.
async function cellsOpenTheirEvidence(browser, report) {
  const page = await open(browser, report, { width: 1280, dark: false });
  const targets = await page.$$eval('.grid a', (links) => links.map((link) => link.getAttribute('href')));
  assert.equal(new Set(targets).size, targets.length, `${report}: each cell has its own evidence`);
  for (const target of targets.slice(0, 40)) {
    await page.$eval(`.grid a[href="${target}"]`, (link) => link.scrollIntoView({ block: 'center', inline: 'center' }));
    await page.click(`.grid a[href="${target}"]`);
    assert.ok(await isSeen(page, target), `${report}: a click opens ${target}`);
    const top = await page.$eval(target, (element) => element.getBoundingClientRect().top);
    assert.ok(top >= 0 && top < 900, `${report}: ${target} comes into view`);
  }
  await page.close();
  if (targets.length === 0) return 0;
  const keyboard = await open(browser, report, { width: 1280, dark: false });
  let reached = null;
  for (let i = 0; i < 200 && !reached; i++) {
    await keyboard.keyboard.press('Tab');
    reached = await keyboard.evaluate(() => document.activeElement.closest('.grid a')?.getAttribute('href') ?? null);
  }
  assert.ok(reached, `${report}: Tab comes to the matrix`);
  const outline = await keyboard.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, 'solid', `${report}: what has the focus shows it`);
  await keyboard.keyboard.press('Enter');
  assert.ok(await isSeen(keyboard, reached), `${report}: Enter opens ${reached}`);
  keyboard.expectNoTrouble();
  await keyboard.close();
  return targets.length;
}

async function filters(browser, report) {
  const page = await open(browser, report, { width: 1280, dark: false });
  const rows = () => page.$$eval('.grid tbody tr', (all) => all.filter((row) => row.checkVisibility()).map((row) => row.className));
  const before = await rows();
  await page.click('#only-troubled');
  assert.deepEqual(await rows(), before.filter((name) => name === 'troubled'), `${report}: the filter leaves what did not hold`);
  await page.click('#only-troubled');
  assert.deepEqual(await rows(), before);
  await page.close();
}

// Whatever a case prints is text, and the page has no script of its own.
async function isOnlyText(browser, report) {
  const page = await open(browser, report, { width: 1280, dark: false });
  const alive = await page.$$eval('script, iframe, object, embed, img, form, base, link:not([href="data:,"])', (all) => all.length);
  assert.equal(alive, 0, `${report}: nothing is alive in it`);
  const handlers = await page.$$eval('*', (all) => all.flatMap((element) => element.getAttributeNames().filter((name) => /^on/.test(name))));
  assert.deepEqual(handlers, []);
  const ids = await page.$$eval('[id]', (all) => all.map((element) => element.id));
  assert.equal(new Set(ids).size, ids.length, `${report}: ids are unique`);
  await page.close();
}

async function prints(browser, report, name) {
  const page = await open(browser, report, { width: 1280, dark: true });
  const file = `${folder}/${name}.pdf`;
  await page.pdf({ path: file, format: 'A4', margin: { top: '12mm', bottom: '12mm', left: '12mm', right: '12mm' }, printBackground: true });
  await page.emulateMediaType('print');
  const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(paper, 'rgb(255, 255, 255)', `${report}: paper is white, whatever the screen's scheme`);
  await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
  const contrast = await page.evaluate(leastContrast);
  assert.ok(contrast.ratio >= 4.5, `${report}: contrast on paper: ${JSON.stringify(contrast)}`);
  page.expectNoTrouble();
  await page.close();
}

const browser = await puppeteer.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
try {
  for (const report of reports) {
    const name = path.basename(report, '.html');
    const least = await looks(browser, report, name);
    const cells = await cellsOpenTheirEvidence(browser, report);
    await filters(browser, report);
    await isOnlyText(browser, report);
    await prints(browser, report, name);
    console.log(`${name}: ${cells} cells open their evidence, least contrast ${least.toFixed(1)}`);
  }
} finally {
  await browser.close();
}
