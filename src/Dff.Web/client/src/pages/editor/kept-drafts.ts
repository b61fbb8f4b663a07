export interface KeptDraft {
  code: string
  /** The stored draft that the text was made from. */
  md5: string
}

const keyOf = (userId: string, scriptId: string) => `dff.draft.${userId}.${scriptId}`

/** Drafts of a user that the server does not have yet, on this machine. */
export const keptDrafts = {
  get(userId: string, scriptId: string): KeptDraft | null {
    const text = localStorage.getItem(keyOf(userId, scriptId))
    if (text === null) return null
    try {
      const kept = JSON.parse(text) as Partial<KeptDraft>
      return typeof kept.code === 'string' && typeof kept.md5 === 'string' ? { code: kept.code, md5: kept.md5 } : null
    } catch {
      return null
    }
  },

  set(userId: string, scriptId: string, kept: KeptDraft | null) {
    if (kept === null) {
      localStorage.removeItem(keyOf(userId, scriptId))
      return
    }
    try {
      localStorage.setItem(keyOf(userId, scriptId), JSON.stringify(kept))
    } catch {
      // The browser's room is used up: the text is still in the page, and on its way to the server.
    }
  },
}
