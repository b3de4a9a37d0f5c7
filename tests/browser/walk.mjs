// Walks through the user interface in a real Chromium, as a person would, and fails on the first thing that is not there.
// usage: node walk.mjs ADDRESS EMAIL PASSWORD SCREENSHOT_FOLDER     (run by tests/tests/main/browser.rs)
import { strict as assert } from "node:assert";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [address, email, password, folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
page.setDefaultTimeout(30_000);

// A refused inline style, a lost file or an exception is a defect, whatever the page looks like.
const complaints = [];
const AWAY = "a server that went away is said to have, and what was shown is asked for again";
let current = "";
page.on("console", (message) => {
  // 401 is how the page learns that nobody is signed in; the browser reports it by itself.
  const isExpected = message.text().includes("401") || current === AWAY;
  if (["error", "warning"].includes(message.type()) && !isExpected) complaints.push(`${current}: ${message.text()}`);
});
page.on("pageerror", (error) => complaints.push(String(error)));

const shot = (name) => page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
const heading = (name) => page.getByRole("heading", { name, level: 1 });
const go = async (name) => {
  await page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
};

/** No barrier that a machine can find (WCAG 2.1 AA), in both colour schemes, and nothing wider than a telephone. */
async function accessible(name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
    const said = violations.map((each) => `${each.id}: ${each.help}: ${each.nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`);
    assert.deepEqual(said, [], `${name}, ${colorScheme}`);
    await shot(`${name}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 420, height: 900 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await shot(`${name}-narrow`);
  await page.setViewportSize({ width: 1360, height: 900 });
  assert.equal(overflow, 0, `${name} is wider than a narrow window`);
}

async function step(name, act) {
  current = name;
  try {
    await act();
    console.log(`ok ${name}`);
  } catch (error) {
    await shot(`failed-${name.replaceAll(" ", "-")}`);
    console.error(`FAILED ${name}: ${error.stack}\n${complaints.join("\n")}`);
    await browser.close();
    process.exit(1);
  }
}

await step("a wrong password is refused", async () => {
  const answer = await page.goto(address);
  assert.match(answer.headers()["content-security-policy"], /default-src 'self'|default-src 'none'/);
  assert.doesNotMatch(answer.headers()["content-security-policy"], /script-src[^;]*unsafe/);
  await page.getByLabel("E-mail").fill(email);
  await page.locator('input[type="password"]').fill("wrong password here");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await shot("01-sign-in");
});

await step("sign in", async () => {
  await page.locator('input[type="password"]').fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await heading("What is at risk").waitFor();
  // The first scans are under way: the overview fills by itself.
  await page.getByRole("table", { name: "Technologies" }).getByText("aws.s3.bucket").waitFor();
  await shot("02-overview");
});

await step("list and filter findings", async () => {
  await go("Findings");
  await heading("Findings").waitFor();
  const table = page.getByRole("table", { name: "Findings" });
  await table.getByRole("row").nth(3).waitFor();
  await page.getByLabel("Search").fill("shop-website");
  await page.waitForURL(/text=shop-website/);
  await table.getByText("shop-website").first().waitFor();
  await assert.doesNotReject(table.getByText("hub-website").waitFor({ state: "detached" }));
  await shot("03-findings");
});

await step("justify a finding", async () => {
  await page.getByRole("table", { name: "Findings" }).getByRole("row").nth(1).getByRole("link").first().click();
  await page.getByRole("button", { name: "Justify", exact: true }).click();
  await page.getByLabel("Why is this acceptable?").fill("The website is meant to be public.");
  await shot("04-justify");
  await page.getByRole("button", { name: /Justify 1 finding/ }).click();
  await page.getByText(`Accepted by ${email}`).waitFor();
  assert.doesNotMatch(await page.getByRole("main").textContent(), /in \d+ (second|minute)/, "nothing has happened in the future");
  await shot("05-finding");
});

await step("see what changed", async () => {
  await go("Resources");
  await page.getByLabel("Search").fill("shop-web");
  await page.waitForURL(/text=shop-web/);
  const row = page.getByRole("row").filter({ hasText: "aws.ec2.security-group" }).filter({ hasText: "eu-west-1" }).filter({ hasText: "shop-web" });
  await row.getByRole("link").first().click();
  // The estate opens a port while we look.
  const timeline = page.getByRole("region", { name: "Timeline" });
  await timeline.getByRole("button", { name: /changed/ }).first().waitFor({ timeout: 120_000 });
  await timeline.getByRole("button", { name: /changed/ }).last().click();
  const difference = page.getByRole("table", { name: "Side-by-side difference" });
  await difference.getByText("3389").first().waitFor();
  await shot("06-difference");
});

await step("read the configuration, related resources and verdicts", async () => {
  await page.getByRole("tab", { name: "Configuration" }).click();
  await page.getByText('"GroupName": "shop-web"').waitFor();
  await page.getByRole("tab", { name: "Related" }).click();
  await page.getByText("Refer to it").waitFor();
  await shot("07-related");
  await page.getByRole("tab", { name: /Findings/ }).click();
  await page.getByRole("table", { name: "Verdicts" }).waitFor();
  await shot("08-verdicts");
  await page.getByRole("tab", { name: "Comments" }).click();
  await page.getByRole("textbox", { name: "Comment" }).fill("Asked the team <b>about</b> this.");
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByText("Asked the team <b>about</b> this.").first().waitFor();
});

await step("see what is gone", async () => {
  await go("Resources");
  // A contractor comes with a key, and goes.
  await page.getByLabel("Search").fill("contractor-");
  await page.waitForURL(/text=contractor-/);
  await page.getByRole("combobox", { name: "There?" }).click();
  await page.getByRole("option", { name: "deleted" }).click();
  await page.waitForURL(/is_active=false/);
  const row = page.getByRole("table", { name: "Resources" }).getByRole("row").filter({ hasText: "contractor-" });
  await row.first().waitFor({ timeout: 180_000 });
  await row.first().getByRole("link").first().click();
  const timeline = page.getByRole("region", { name: "Timeline" });
  await timeline.getByRole("button", { name: /deleted/ }).first().waitFor();
  await timeline.getByRole("button", { name: /created/ }).first().waitFor();
  await shot("08-deleted");
  await page.getByRole("tab", { name: /Findings/ }).click();
  await page.getByText("It is deleted; rules look at what is there.").waitFor();
});

await step("coverage gaps, scans, rules", async () => {
  await go("Coverage gaps");
  await heading("Coverage gaps").waitFor();
  // The fake AWS cannot say whether functions have addresses of their own.
  const gap = page.getByRole("row").filter({ hasText: "ListFunctionUrlConfigs" }).filter({ hasText: "us-east-1" });
  await gap.first().waitFor();
  assert.match(await gap.first().textContent(), /hub|shop|data/);
  await shot("09-gaps");
  // No gap is no good news where nobody looks: this account is somebody else's.
  await page.goto(`${address}/gaps?account=999999999999`);
  await page.getByText("Nothing has been looked at here yet.").waitFor();
  await go("Scans");
  await page.getByRole("table", { name: "Scans" }).waitFor();
  await shot("10-scans");
  await go("Rules");
  await page.getByLabel("Search").fill("security group");
  await page.getByRole("table", { name: "Rules" }).getByRole("link").first().click();
  await page.getByRole("heading", { name: "What to do" }).waitFor();
  await shot("11-rule");
});

await step("add an account", async () => {
  await go("Accounts");
  const accounts = page.getByRole("table", { name: "Accounts" });
  for (const [name, number, how] of [
    ["hub", "123456789012", "own credentials"],
    ["shop", "111111111111", "arn:aws:iam::111111111111:role/SecurityMonkey"],
    ["data", "222222222222", "arn:aws:iam::222222222222:role/SecurityMonkey"],
    ["partner", "999999999999", "third-party"],
  ]) {
    await accounts.getByRole("row").filter({ hasText: name }).filter({ hasText: number }).filter({ hasText: how }).waitFor();
  }
  await page.getByRole("button", { name: "Add an account" }).click();
  await page.getByLabel("Account number").fill("333333333333");
  await page.getByLabel("Name").fill("vendor");
  await page.getByRole("textbox", { name: "What it is to us" }).or(page.getByRole("combobox", { name: "What it is to us" })).first().click();
  await page.getByRole("option", { name: /third party/ }).click();
  await shot("12-account");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("table", { name: "Accounts" }).getByText("vendor").waitFor();
  await shot("13-accounts");
});

await step("users, notifications, own page", async () => {
  await go("Users");
  await page.getByLabel("E-mail").fill("viewer@example.com");
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByText("Password of viewer@example.com").waitFor();
  await go("Notifications");
  await page.getByRole("table", { name: "Subscriptions" }).waitFor();
  await shot("14-notifications");
  await page.getByRole("navigation").getByRole("link", { name: email }).click();
  await page.getByRole("heading", { name: "API tokens" }).waitFor();
});

await step("a wrong address says so", async () => {
  await page.goto(`${address}/nowhere`);
  await page.getByText("There is no such page.").waitFor();
  await heading("Not found").waitFor();
  await page.goto(`${address}/findings/99999999`);
  await page.getByRole("alert").getByText("There is no finding '99999999'.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Try again" }).count(), 0, "it will not be there for asking twice");
  // No explanation of numbers: an address that was cut is a page that is not there.
  await page.goto(`${address}/resources/arn:aws:s3:::shop-website`);
  await page.getByText("There is no such page.").waitFor();
});

await step("every page is accessible, dark and light, wide and narrow", async () => {
  const first = async (path) => (await (await page.request.get(`${address}/api/v1/${path}`)).json()).items[0].id;
  const finding = await first("findings?limit=1");
  const resource = await first("resources?order=changed&limit=1");
  const pages = ["", "findings", `findings/${finding}`, "resources", `resources/${resource}`, `resources/${resource}?tab=findings`, `resources/${resource}?tab=document`, "gaps", "scans", "accounts", "rules", "rules/aws.s3.bucket.public", "notifications", "users", "me"];
  for (const path of pages) {
    await page.goto(`${address}/${path}`);
    await page.locator("main h1").first().waitFor();
    await page.waitForFunction(() => document.querySelector('main [aria-label="Loading"]') === null);
    await accessible(`page-${path.replaceAll(/[^a-z0-9]+/g, "-") || "overview"}`);
  }
});

await step("a telephone has a menu that leads somewhere and makes room", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(address);
  await heading("What is at risk").waitFor();
  const menu = page.getByRole("button", { name: "Menu" });
  assert.equal(await page.getByRole("navigation").getByRole("link", { name: "Rules" }).isVisible(), false);
  await menu.click();
  assert.equal(await menu.getAttribute("aria-expanded"), "true");
  await shot("15-menu");
  await go("Rules");
  await heading("Rules").waitFor();
  assert.equal(await menu.getAttribute("aria-expanded"), "false");
  await page.setViewportSize({ width: 1360, height: 900 });
});

await step("a rule shows the score it has, not the one it was written with", async () => {
  await page.goto(`${address}/rules/aws.s3.bucket.no-object-lock`);
  await page.getByLabel("Score there").fill("6");
  await page.getByLabel("Why?").fill("We keep backups there.");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("written: 1").waitFor();
  assert.equal(await page.title(), "S3 bucket without Object Lock · Rules · Security Monkey");
  await go("Rules");
  await page.getByLabel("Search").fill("no-object-lock");
  const row = page.getByRole("table", { name: "Rules" }).getByRole("row").nth(1);
  assert.match(await row.textContent(), /^medium 6written: 1/i);
});

await step(AWAY, async () => {
  await page.goto(address);
  await heading("What is at risk").waitFor();
  const old = page.getByText("What is shown may be old");
  await page.route("**/api/**", (route) => route.abort());
  await old.waitFor({ timeout: 60_000 });
  await go("Coverage gaps");
  await page.getByRole("alert").getByText("The server could not be reached.").waitFor();
  await shot("16-away");
  await page.unroute("**/api/**");
  await old.waitFor({ state: "detached", timeout: 60_000 });
  await page.getByRole("row").filter({ hasText: "ListFunctionUrlConfigs" }).first().waitFor();
});

await step("an overview's number is the number of its list", async () => {
  await page.goto(address);
  const card = page.getByRole("link", { name: /^\d+\s*high$/ });
  const count = Number((await card.textContent()).replace(/\D/g, ""));
  await card.click();
  await page.waitForURL(/min_score=7&max_score=8/);
  const listed = await (await page.request.get(`${address}/api/v1/findings?min_score=7&max_score=8&limit=500`)).json();
  // The estate changes while we look: by one port at most.
  assert.ok(Math.abs(listed.items.length - count) <= 4, `${count} on the overview, ${listed.items.length} listed`);
});

await step("a link forgets what was typed, and the keyboard reaches everything", async () => {
  await page.goto(`${address}/findings?text=shop-website`);
  await page.getByRole("table", { name: "Findings" }).waitFor();
  await go("Findings");
  await page.waitForURL(/findings$/);
  // What is still in the field would come back into the address.
  await page.waitForFunction(() => document.querySelector('[role="search"] input')?.value === "");
  assert.doesNotMatch(page.url(), /text=/);
  assert.equal(await page.title(), "Findings · Security Monkey");
  await page.reload();
  await page.locator("main h1").first().waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent?.trim()), "Skip to the content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "content");
});

await step("a session that ended elsewhere becomes the sign-in", async () => {
  await page.goto(address);
  await heading("What is at risk").waitFor();
  await page.context().clearCookies();
  // The page asks for something new; its live refresh may have noticed before the click.
  await page.getByRole("navigation").getByRole("link", { name: "Resources", exact: true }).click({ timeout: 5_000 }).catch(() => undefined);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.getByLabel("E-mail").fill(email);
  await page.locator('input[type="password"]').fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
});

await step("sign out", async () => {
  await page.goto(address);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
});

await browser.close();
const unexpected = complaints.filter((text) => !text.includes("404"));
if (unexpected.length > 0) {
  console.error(`the browser complained:\n${unexpected.join("\n")}`);
  process.exit(1);
}
