import { linter, type Diagnostic } from '@codemirror/lint'
import type { Text } from '@codemirror/state'
import type { ParseProblem } from '../model/api'

const PAUSE_MS = 350

/** Underlines what CPython says about the text. `parse` answers null when nobody could be asked. */
export function pythonProblems(
  parse: (code: string) => Promise<ParseProblem[] | null>,
  onProblems: (problems: ParseProblem[]) => void,
) {
  let latest: Diagnostic[] = []
  return linter(
    async (view) => {
      const doc = view.state.doc
      const problems = await parse(doc.toString())
      if (problems === null) return latest
      onProblems(problems)
      latest = problems.map((problem) => diagnosticOf(doc, problem))
      return latest
    },
    { delay: PAUSE_MS },
  )
}

/** Python counts characters, the editor UTF-16 units. */
export function positionOf(doc: Text, line: number, column: number): number {
  const found = doc.line(Math.min(Math.max(line, 1), doc.lines))
  let units = 0
  let characters = 1
  for (const character of found.text) {
    if (characters >= column) break
    units += character.length
    characters++
  }
  return found.from + units
}

function diagnosticOf(doc: Text, problem: ParseProblem): Diagnostic {
  const line = doc.line(Math.min(problem.line, doc.lines))
  const isWholeLine = problem.severity === 'warning'
  const indent = /^\s*/.exec(line.text)?.[0].length ?? 0
  const from = isWholeLine ? line.from + indent : positionOf(doc, problem.line, problem.column)
  const end = isWholeLine || problem.endColumn === null ? line.to : positionOf(doc, problem.endLine, problem.endColumn)
  return {
    from,
    to: Math.max(from, end),
    severity: isWholeLine ? 'warning' : 'error',
    message: problem.message,
    source: 'Python',
  }
}
