import { prettyExact } from './exact-json'

export interface Table {
  columns: string[]
  rows: string[][]
  /** Columns that are not shown. */
  hiddenColumns: number
}

const MOST_COLUMNS = 50

/** A result that is a list of objects, or of lists, as a table; null where it is none. */
export function tableOf(value: unknown): Table | null {
  if (!Array.isArray(value) || value.length === 0) return null
  if (value.every((row) => Array.isArray(row))) return table(columnsOfLists(value), value, (row, at) => row[at])
  if (!value.every(isRecord)) return null
  const names = [...new Set(value.flatMap((row) => Object.keys(row)))]
  return table(names, value, (row, at) => row[names[at] as string])
}

function table<T>(names: string[], rows: T[], cell: (row: T, column: number) => unknown): Table | null {
  if (names.length === 0) return null
  const columns = names.slice(0, MOST_COLUMNS)
  return {
    columns,
    rows: rows.map((row) => columns.map((_, at) => cellText(cell(row, at)))),
    hiddenColumns: names.length - columns.length,
  }
}

function columnsOfLists(rows: unknown[][]): string[] {
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0)
  return Array.from({ length: width }, (_, at) => String(at))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'object') return prettyExact(value).replace(/\s*\n\s*/g, ' ')
  return String(value)
}
