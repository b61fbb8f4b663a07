export interface QuickEntry {
  scriptId: string
  /** Null: the script itself. */
  funcName: string | null
  title: string | null
  line: number | null
}

const MOST = 50

/** The entries that have all words of the search, those whose name begins with it first. */
export function quickMatches(entries: QuickEntry[], search: string): QuickEntry[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return entries
    .map((entry) => ({ entry, rank: rankOf(entry, words) }))
    .filter(({ rank }) => rank > 0)
    .toSorted((left, right) => right.rank - left.rank)
    .slice(0, MOST)
    .map(({ entry }) => entry)
}

function rankOf(entry: QuickEntry, words: string[]): number {
  const name = (entry.funcName ?? entry.scriptId).toLowerCase()
  const text = `${entry.scriptId}.${entry.funcName ?? ''} ${entry.title ?? ''}`.toLowerCase()
  if (!words.every((word) => text.includes(word))) return 0
  const [first = ''] = words
  if (first === '') return entry.funcName === null ? 2 : 1
  if (name.startsWith(first)) return 4
  return name.includes(first) ? 3 : 1
}
