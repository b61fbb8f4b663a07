import type { Given } from '../model/arguments'

const keyOf = (scriptId: string, funcName: string) => `dff.args.${scriptId}.${funcName}`

/** What was last given to a function, on this machine. */
export const rememberedArguments = {
  get(scriptId: string, funcName: string): Given {
    try {
      const stored: unknown = JSON.parse(localStorage.getItem(keyOf(scriptId, funcName)) ?? '{}')
      if (typeof stored !== 'object' || stored === null) return {}
      return Object.fromEntries(
        Object.entries(stored).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      )
    } catch {
      return {}
    }
  },

  set(scriptId: string, funcName: string, given: Given) {
    try {
      localStorage.setItem(keyOf(scriptId, funcName), JSON.stringify(given))
    } catch {
      // Not worth a word: it is a convenience.
    }
  },
}
