/** What the page looks like and how it is reached, for people who see little, use no mouse, or want nothing to move. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dreamed, inBrowser, type Opened, openKnobs } from "./browser.ts";

interface Weak {
  readonly what: string;
  readonly ratio: number;
  readonly least: number;
}

/** Text, and borders of fields, with less contrast than WCAG 2.2 AA asks for. Disabled controls are exempt. */
function weakContrast(page: Page): Promise<Weak[]> {
  return page.evaluate(() => {
    type Colour = readonly [number, number, number, number];
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    const colourOf = (css: string): Colour => {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = css;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
      return [r!, g!, b!, a! / 255];
    };
    const over = (top: Colour, below: Colour): Colour => [
      ...([0, 1, 2].map((i) => top[i]! * top[3] + below[i]! * (1 - top[3])) as [
        number,
        number,
        number,
      ]),
      1,
    ];
    const luminance = (colour: Colour): number => {
      const [r, g, b] = colour.slice(0, 3).map((channel) => {
        const c = channel / 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const ratio = (a: Colour, b: Colour): number => {
      const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
      return (high! + 0.05) / (low! + 0.05);
    };
    /** What lies below an element's own content. Gradients and pictures are passed over. */
    const groundOf = (element: Element | null): Colour => {
      if (!element) return [18, 18, 18, 1];
      const own = colourOf(getComputedStyle(element).backgroundColor);
      return own[3] > 0.995 ? own : over(own, groundOf(element.parentElement));
    };
    const opacityOf = (element: Element | null): number =>
      element ? Number(getComputedStyle(element).opacity) * opacityOf(element.parentElement) : 1;
    const name = (element: Element): string =>
      `${element.tagName.toLowerCase()}.${[...element.classList].join(".")} in ${element.parentElement?.className}`;
    const isSeen = (element: Element): boolean =>
      element.checkVisibility({ visibilityProperty: true }) &&
      !element.closest(".unseen, :disabled, [aria-disabled=true], [data-impossible=true]");

    const found = new Map<string, Weak>();
    const tell = (what: string, own: number, least: number): void => {
      if (own < least) found.set(what, { what, ratio: Number(own.toFixed(2)), least });
    };
    for (const element of document.querySelectorAll("body *")) {
      if (!isSeen(element) || opacityOf(element) === 0) continue;
      const style = getComputedStyle(element);
      const texts = [...element.childNodes].filter(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== "",
      );
      const isField = element.matches("input:not([type=range], [type=file], [type=radio]), select");
      const ground = groundOf(element);
      if (texts.length > 0 || isField || element.matches("svg")) {
        const ink = colourOf(style.color);
        const shown = over([ink[0], ink[1], ink[2], ink[3] * opacityOf(element)], ground);
        const px = Number.parseFloat(style.fontSize);
        const large = px >= 24 || (px >= 18.66 && Number(style.fontWeight) >= 700);
        const least = element.matches("svg") || large ? 3 : 4.5;
        tell(
          `${name(element)}: ${texts[0]?.textContent?.slice(0, 30) ?? ""}`,
          ratio(shown, ground),
          least,
        );
      }
      // A field is known by its border, where its ground is not another one.
      if (isField) {
        const outside = groundOf(element.parentElement);
        // All around it, or a line below.
        const width = Number.parseFloat(style.borderBottomWidth);
        const line = over(colourOf(style.borderBottomColor), outside);
        const border = width > 0 ? ratio(line, outside) : 1;
        tell(`border of ${name(element)}`, Math.max(border, ratio(ground, outside)), 3);
      }
    }
    return [...found.values()];
  });
}

/** Controls that have no name for a screen reader. */
function nameless(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const controls = document.querySelectorAll(
      "button, a[href], input, select, textarea, [tabindex='0'], [role=slider], [role=tab], dialog, img",
    );
    return [...controls]
      .filter((control) => control.checkVisibility())
      .filter((control) => {
        const labels = (control as HTMLInputElement).labels;
        const by = control.getAttribute("aria-labelledby");
        const name =
          control.getAttribute("aria-label") ??
          (by && document.getElementById(by)?.textContent) ??
          (labels?.length ? labels[0]!.textContent : undefined) ??
          control.getAttribute("alt") ??
          (control.matches("button, a, [role=tab]") ? control.textContent : "") ??
          "";
        // An empty alternative text says that a picture shows nothing new.
        return name.trim() === "" && control.getAttribute("alt") !== "";
      })
      .map((control) => control.outerHTML.slice(0, 120));
  });
}

/** Press Tab through the page. Gives how many controls have the focus in turn, those that do not show it, and those that never get it. */
async function tabThrough(
  page: Page,
): Promise<{ readonly count: number; readonly unseen: string[]; readonly unreached: string[] }> {
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    Object.assign(window, { reached: new Set<Element>() });
  });
  const unseen = new Set<string>();
  for (let i = 0; i < 250; i++) {
    await page.keyboard.press("Tab");
    const step = await page.evaluate(() => {
      const { reached } = window as unknown as { reached: Set<Element> };
      const own = document.activeElement!;
      if (own === document.body) return "outside";
      if (reached.has(own)) return "again";
      reached.add(own);
      const shows = (element: Element): boolean => {
        const { outlineStyle, outlineWidth, backgroundImage } = getComputedStyle(element);
        if (outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1) return true;
        // The edge that makes the timeline taller is drawn as a line.
        return element.matches(".splitter") && backgroundImage.includes("gradient");
      };
      // The control itself, or what is drawn around or for it.
      const seen =
        shows(own) ||
        own.closest(".cm-editor") !== null ||
        (own.parentElement !== null && shows(own.parentElement)) ||
        (own.nextElementSibling !== null && shows(own.nextElementSibling));
      return seen ? "seen" : `unseen ${own.outerHTML.slice(0, 120)}`;
    });
    if (step === "again") break;
    if (step.startsWith("unseen")) unseen.add(step.slice(7));
  }
  return page.evaluate(
    (unseen) => {
      const { reached } = window as unknown as { reached: Set<Element> };
      const controls = [
        ...document.querySelectorAll<HTMLElement>("button, a[href], input, select, [role=slider]"),
      ];
      const unreached = controls
        .filter((one) => one.checkVisibility() && !one.matches(":disabled") && !reached.has(one))
        // Of a group of tabs or choices one is reached, and arrows go to the others.
        .filter((one) => !one.matches("[role=tab], [type=radio], [tabindex='-1']"))
        .map((one) => one.outerHTML.slice(0, 140));
      return { count: reached.size, unseen, unreached };
    },
    [...unseen],
  );
}

inBrowser("contrast and access in the studio", () => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await openKnobs();
    await dreamed(opened.page);
    const { page } = opened;
    // A key, so that the timeline has all its controls.
    await page.getByRole("button", { name: "Add a key of zoom here" }).click();
    await page.getByRole("button", { name: "Remove the key of zoom here" }).waitFor();
  }, 120_000);
  afterAll(() => opened?.close());

  const views: readonly (readonly [string, (page: Page) => Promise<void>])[] = [
    ["knobs", (page) => page.getByRole("tab", { name: "Knobs" }).click()],
    [
      "text with a problem",
      async (page) => {
        await page.getByRole("tab", { name: "Text" }).click();
        await page.locator(".cm-line", { hasText: "octaves: 2" }).click();
        await page.keyboard.press("End");
        await page.keyboard.type('\njiter: 3 # a comment, and "text"');
        await page.locator(".problems li").waitFor();
      },
    ],
    [
      "renders",
      async (page) => {
        await page.keyboard.press("Control+z");
        await page.locator(".problems li").waitFor({ state: "detached" });
        await page.getByRole("tab", { name: "Renders" }).click();
        await page.locator(".renders .button").first().click();
        await page.locator(".render.done").waitFor();
      },
    ],
    [
      "help",
      async (page) => {
        await page.getByRole("button", { name: "Keyboard and help" }).click();
        await page.getByRole("heading", { name: "Keyboard" }).waitFor();
      },
    ],
    [
      "new scene",
      async (page) => {
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "New scene" }).first().click();
        await page.locator(".new").waitFor();
      },
    ],
    [
      "layers",
      async (page) => {
        await page.keyboard.press("Escape");
        await page.getByRole("tab", { name: "Knobs" }).click();
        await page.getByRole("button", { name: "Browse layers and channels by eye" }).click();
        await page.getByRole("searchbox").waitFor();
      },
    ],
    [
      "result",
      async (page) => {
        await page.keyboard.press("Escape");
        await page.getByRole("tab", { name: "Renders" }).click();
        await page.getByRole("link", { name: "Play" }).click();
        await page.locator("video").waitFor();
      },
    ],
  ];
  for (const [name, show] of views)
    test(`${name}: text and fields have contrast, and every control a name`, async () => {
      await show(opened.page);
      await opened.page.waitForTimeout(250);
      expect(await weakContrast(opened.page)).toEqual([]);
      expect(await nameless(opened.page)).toEqual([]);
    });

  test("the keyboard reaches every control, and the focus is seen", async () => {
    const { page } = opened;
    await page.getByRole("button", { name: "Back to the scene" }).click();
    await page.getByRole("tab", { name: "Knobs" }).click();
    const { count, unseen, unreached } = await tabThrough(page);
    expect(count).toBeGreaterThan(40);
    expect(unseen).toEqual([]);
    expect(unreached).toEqual([]);
  });

  test("nothing moves by itself where less motion is asked for", async () => {
    const { page } = opened;
    const moving = (): Promise<number> =>
      page.evaluate(
        () =>
          document.getAnimations().filter((one) => one.playState === "running").length +
          [...document.querySelectorAll("*")].filter((one) => {
            const { transitionDuration, animationName } = getComputedStyle(one);
            return Number.parseFloat(transitionDuration) > 0 || animationName !== "none";
          }).length,
      );
    expect(await moving()).toBeGreaterThan(0);
    await page.emulateMedia({ reducedMotion: "reduce" });
    expect(await moving()).toBe(0);
  });

  test("nothing went wrong in the page meanwhile", () => {
    expect(opened.errors).toEqual([]);
  });
});
