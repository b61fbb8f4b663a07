/** The windows that calls are counted in; a month is 30 days, a year 365. */
export const windows = ['bySecond', 'byMinute', 'byHour', 'byDay', 'byMonth', 'byYear'] as const

export type ThrottlingWindow = (typeof windows)[number]

/** Calls allowed in each window; null or left out: any number. */
export type Throttling = Partial<Record<ThrottlingWindow, number | null>>

/** Like "10/s" and "500/h", from the shortest window on; empty where nothing is limited. */
export function limitsInWords(
  limits: Throttling | null,
  say: (window: ThrottlingWindow, count: number) => string,
): string[] {
  return windows.flatMap((window) => {
    const count = limits?.[window]
    return typeof count === 'number' ? [say(window, count)] : []
  })
}

/** What the API takes: null where no window has a limit. */
export function withoutEmpty(limits: Throttling): Throttling | null {
  const given = Object.entries(limits).filter(([, count]) => typeof count === 'number')
  return given.length === 0 ? null : Object.fromEntries(given)
}
