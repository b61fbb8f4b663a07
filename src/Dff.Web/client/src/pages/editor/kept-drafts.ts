export interface KeptDraft {
  code: string
  /** The stored draft that the text was made from. */
  md5: string
}

const keyOf = (scriptId: string) => `dff.draft.${scriptId}`

/** Drafts that the server does not have yet, on this machine. */
export const keptDrafts = {
  get(scriptId: string): KeptDraft | null {
    const text = localStorage.getItem(keyOf(scriptId))
    if (text === null) return null
    try {
      const kept = JSON.parse(text) as Partial<KeptDraft>
      return typeof kept.code === 'string' && typeof kept.md5 === 'string' ? { code: kept.code, md5: kept.md5 } : null
    } catch {
      return null
    }
  },

  set(scriptId: string, kept: KeptDraft | null) {
    if (kept === null) {
      localStorage.removeItem(keyOf(scriptId))
      return
    }
    try {
      localStorage.setItem(keyOf(scriptId), JSON.stringify(kept))
    } catch {
      // The browser's room is used up: the text is still in the page, and on its way to the server.
    }
  },
}
