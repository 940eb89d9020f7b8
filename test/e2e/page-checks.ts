import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

/** What depends on how a page is drawn; everything else that axe looks for is the same in every theme. */
export const RULES_ABOUT_DRAWING = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable'] as const

/** Waits until what moves to an end has come to it: colours are judged once they stand still. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((each) => each.effect?.getTiming().iterations !== Infinity)
        .map((each) => each.finished.catch(() => undefined)),
    ),
  )
}

/**
 * What a look finds, if it is still there once the page was drawn again, some times over: what moves on by itself, such as a
 * menu that finds its place in a smaller window, was on its way.
 */
async function lasting(page: Page, look: () => Promise<readonly string[]>): Promise<readonly string[]> {
  let findings = await look()
  for (let times = 0; findings.length > 0 && times < 5; times++) {
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
    await settled(page)
    findings = await look()
  }
  return findings
}

interface Axe {
  run(
    context: { readonly exclude: readonly string[] },
    options: {
      readonly preload: boolean
      readonly resultTypes: readonly string[]
      readonly runOnly?: readonly string[]
    },
  ): Promise<{
    readonly violations: readonly {
      readonly id: string
      readonly impact: string
      readonly nodes: readonly { readonly html: string }[]
    }[]
  }>
}

/** What axe calls serious or critical, short enough to read. `rules`: only these. */
export async function seriousFindings(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  await settled(page)
  // The first look leaves axe in the page; reading it in again for each would take longer than looking.
  if (!(await page.evaluate(() => 'axe' in window))) {
    await new AxeBuilder({ page }).setLegacyMode().withRules('document-title').analyze()
  }
  return page.evaluate(async (runOnly) => {
    const { axe } = window as unknown as { readonly axe: Axe }
    const { violations } = await axe.run(
      // Base UI's guards pass the focus on the moment they get it; nothing ever rests on them.
      { exclude: ['[data-base-ui-focus-guard]'] },
      { preload: false, resultTypes: ['violations'], ...(runOnly === undefined ? {} : { runOnly }) },
    )
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`)
  }, rules)
}

/** Lists and dialogs that a screen reader could only call by what they are; of controls, axe says so itself. */
export async function namelessParts(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('[role="grid"], [role="dialog"], [role="alertdialog"], [role="menu"], nav, progress')]
      .filter((part) => {
        const words = (part.getAttribute('aria-labelledby') ?? '')
          .split(' ')
          .map((id) => document.querySelector(`[id="${id}"]`)?.textContent ?? '')
        return `${part.getAttribute('aria-label') ?? ''}${words.join('')}`.trim() === ''
      })
      .map((part) => `nameless: ${part.outerHTML.slice(0, 160)}`),
  )
}

/** What does not fit into the width of the window: boxes that would have to be scrolled sideways, controls beyond the edge, and cut-off words. */
export async function sidewaysOverflow(page: Page): Promise<readonly string[]> {
  await settled(page)
  return lasting(page, () => page.evaluate(overflowInPage))
}

/** Runs in the page. */
function overflowInPage(): readonly string[] {
  const nameOf = (element: Element): string =>
    `${element.tagName.toLowerCase()}.${element.className} ${(element.textContent ?? '').slice(0, 40)}`
  const isShown = (element: Element): boolean =>
    element.checkVisibility({ visibilityProperty: true }) &&
    element.clientWidth !== 1 &&
    element.closest('.visually-hidden, [inert]') === null
  const scrolled = [document.documentElement, ...document.body.querySelectorAll('*')].filter((element) => {
    if (element.scrollWidth <= element.clientWidth + 1 || !isShown(element)) return false
    const { overflowX, textOverflow, display } = getComputedStyle(element)
    if (element === document.documentElement) return true
    if (display.startsWith('inline') || element.tagName === 'INPUT') return false
    // Text in its own lines may be long; it scrolls in its box. Names end in an ellipsis and are told in full beside it.
    return overflowX !== 'visible' && textOverflow !== 'ellipsis' && element.closest('pre, .rows, .code-box') === null
  })
  const beyond = [...document.querySelectorAll('button, a[href], input, select, textarea, h1, h2, h3')].filter(
    (element) => {
      if (!isShown(element)) return false
      const { left, right, width } = element.getBoundingClientRect()
      return width > 1 && (left < -1 || right > innerWidth + 1)
    },
  )
  const { scrollHeight, clientHeight } = document.documentElement
  return [
    // Screens scroll inside the window, so that the rail and the foot stay where they are.
    ...(scrollHeight > clientHeight + 1 ? [`the window itself scrolls: ${scrollHeight} > ${clientHeight}`] : []),
    ...scrolled.map(
      (element) => `scrolls sideways: ${nameOf(element)} ${element.scrollWidth} > ${element.clientWidth}`,
    ),
    ...beyond.map((element) => `beyond the edge: ${nameOf(element)}`),
  ]
}

/** Words that are cut off, and told in full nowhere: neither on pointing nor beside. */
export function clippedWords(page: Page): Promise<readonly string[]> {
  return lasting(page, () => page.evaluate(clippedInPage))
}

/** Words that stand beside their own box, over whatever is there, or are cut off in it without dots that say so. */
export function strayWords(page: Page): Promise<readonly string[]> {
  return lasting(page, () => page.evaluate(strayInPage))
}

/** What has no room: {@link sidewaysOverflow}, {@link clippedWords} and {@link strayWords}. */
export async function tooNarrow(page: Page): Promise<readonly string[]> {
  return [...(await sidewaysOverflow(page)), ...(await clippedWords(page)), ...(await strayWords(page))]
}

/** Runs in the page. */
function strayInPage(): readonly string[] {
  const leaves = (inner: DOMRect, { left, right }: DOMRect): boolean =>
    inner.width > 1 && (inner.left < left - 2 || inner.right > right + 2)
  const isStray = (words: DOMRect, parent: Element): boolean => {
    let own: Element | null = parent
    while (own !== null && /^(inline|contents)$/.test(getComputedStyle(own).display)) own = own.parentElement
    for (let box = own; box !== null && box !== document.body; box = box.parentElement) {
      const { overflowX, textOverflow, clipPath, contain } = getComputedStyle(box)
      const isOpen = overflowX === 'visible' && !/strict|content|paint/.test(contain)
      // What is there for screen readers alone is seen by nobody.
      if (/auto|scroll/.test(overflowX) || clipPath !== 'none') return false
      if (!leaves(words, box.getBoundingClientRect()) || (box !== own && isOpen)) continue
      return overflowX === 'visible' || textOverflow !== 'ellipsis'
    }
    return false
  }
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found: string[] = []
  const range = document.createRange()
  while (nodes.nextNode() !== null) {
    const { currentNode: node } = nodes
    const { parentElement: parent, textContent } = node
    if (parent === null || textContent === null || textContent.trim() === '') continue
    if (!parent.checkVisibility({ visibilityProperty: true }) || parent.closest('option, .visually-hidden, [inert]'))
      continue
    range.selectNodeContents(node)
    if (isStray(range.getBoundingClientRect(), parent))
      found.push(`beside its box: ${parent.tagName.toLowerCase()}.${parent.className} ${textContent.slice(0, 60)}`)
  }
  return found
}

/** Runs in the page. */
function clippedInPage(): readonly string[] {
  const isCut = (element: Element): boolean => {
    const { overflowX, overflowY, display } = getComputedStyle(element)
    if (display.startsWith('inline') && display !== 'inline-block' && display !== 'inline-flex') return false
    const isWide = element.scrollWidth > element.clientWidth + 1 && /hidden|clip/.test(overflowX)
    const isHigh = element.scrollHeight > element.clientHeight + 4 && /hidden|clip/.test(overflowY)
    return (isWide || isHigh) && element.clientWidth > 1
  }
  const hasWords = (element: Element): boolean =>
    [...element.childNodes].some(({ nodeType, textContent }) => nodeType === 3 && (textContent ?? '').trim() !== '')
  const isTold = (element: Element): boolean =>
    element.closest('[title]:not([title=""]), .visually-hidden, [inert], [aria-hidden="true"], .rows') !== null
  return [...document.body.querySelectorAll('*')]
    .filter((element) => hasWords(element) && element.checkVisibility({ visibilityProperty: true }))
    .filter((element) => !isTold(element))
    .filter((element) => [element, element.parentElement].some((each) => each !== null && isCut(each)))
    .map(
      ({ className, tagName, textContent }) =>
        `cut off: ${tagName.toLowerCase()}.${className} ${textContent?.slice(0, 60)}`,
    )
}

/** Animations that somebody sees who asked for none. The page is left as such a person has it. */
export async function unaskedMotion(page: Page): Promise<number> {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  // What began before comes to its end; what has none must have stopped.
  await settled(page)
  return page.evaluate(
    () =>
      document
        .getAnimations()
        .filter((each) => each.playState === 'running' && Number(each.effect?.getComputedTiming().activeDuration) > 50)
        .length,
  )
}

const MARK = 'data-walked'

/**
 * Presses Tab through everything on the page, or in its dialog: names what Tab never reaches, and what shows no ring
 * while it has the focus. What sits in a grid, in tabs or among radios is reached by arrow keys from its one stop.
 */
export async function keyboardFindings(page: Page): Promise<readonly string[]> {
  const stops = await page.evaluate(markStops, MARK)
  const press = async (): Promise<void> => page.keyboard.press('Tab')
  for (let presses = 0; presses < stops + 6; presses++) await press()
  // What came to the page meanwhile takes its turns, too: one more round is enough for all that can be reached.
  for (let presses = 0; presses < 2 * stops + 6 && (await page.evaluate(isAnyMissed, MARK)); presses++) await press()
  return page.evaluate(readWalk, MARK)
}

/** Runs in the page. */
function isAnyMissed(mark: string): boolean {
  const { walk } = window as unknown as Walked
  return [...document.querySelectorAll(`[${mark}]`)].some((stop) => walk?.seen.has(stop) !== true)
}

interface Walked {
  walk?: { readonly seen: Set<Element>; readonly bare: Set<Element>; end: () => void }
}

/** Runs in the page: finds what must be reached, and listens to what is. */
function markStops(mark: string): number {
  const modal = [...document.querySelectorAll('[role="dialog"], [role="alertdialog"]')].at(-1)
  const scope = modal ?? document.body
  const isStop = (element: HTMLElement): boolean => {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest('[inert], [aria-hidden="true"]')) {
      return false
    }
    if (element.matches(':disabled') || element.hasAttribute('data-base-ui-focus-guard')) return false
    if (element instanceof HTMLInputElement && element.type === 'radio') {
      const group = [...scope.querySelectorAll<HTMLInputElement>(`input[type="radio"][name="${element.name}"]`)]
      return element === (group.find(({ checked }) => checked) ?? group[0])
    }
    return element.tabIndex >= 0 || element.closest('[role="grid"], [role="tablist"]') === null
  }
  const stops = [
    ...scope.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, summary, [role="grid"]'),
  ].filter(isStop)
  for (const stop of stops) stop.setAttribute(mark, '')
  // Each part of a date is a stop of its own.
  const parts = stops.filter((stop) => stop.matches('input[type="time"], input[type="datetime-local"]')).length * 8
  const seen = new Set<Element>()
  const bare = new Set<Element>()
  const onFocus = ({ target }: FocusEvent): void => {
    if (!(target instanceof Element)) return
    seen.add(target)
    // A control that is drawn by its label has its ring there.
    const drawn = [target, target.closest('label'), target.parentElement].filter((each) => each !== null)
    const hasRing = drawn.some((each) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(each)
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2
    })
    if (target.hasAttribute(mark) && !hasRing) bare.add(target)
  }
  document.addEventListener('focusin', onFocus)
  ;(window as unknown as Walked).walk = { seen, bare, end: () => document.removeEventListener('focusin', onFocus) }
  if (document.activeElement !== null) seen.add(document.activeElement)
  return stops.length + parts
}

/** Runs in the page. */
function readWalk(mark: string): readonly string[] {
  const { walk } = window as unknown as Walked
  walk?.end()
  const nameOf = (element: Element): string => element.outerHTML.slice(0, 140)
  const stops = [...document.querySelectorAll(`[${mark}]`)]
  const missed = stops.filter((stop) => walk?.seen.has(stop) !== true)
  for (const stop of stops) stop.removeAttribute(mark)
  return [
    ...missed.map((stop) => `Tab never reaches ${nameOf(stop)}`),
    ...[...(walk?.bare ?? [])].map((stop) => `no ring on ${nameOf(stop)}`),
  ]
}
