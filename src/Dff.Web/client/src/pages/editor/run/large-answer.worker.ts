import { parseExact, prettyExact } from '../model/exact-json'
import { outcomeOf, type RunOutcome } from '../model/run-outcome'

export interface LargeAnswer {
  outcome: RunOutcome
  /** The result as indented JSON; null: there is none. */
  file: Blob | null
  /** Its beginning. */
  beginning: string
}

const BEGINNING = 4000

/** Takes a large answer apart off the page's own thread, so that the page stays usable. */
self.addEventListener('message', (event: MessageEvent<ArrayBuffer>) => {
  const { value, ...outcome } = outcomeOf(parseExact(new TextDecoder().decode(event.data)))
  const text = value === undefined ? null : prettyExact(value)
  const answer: LargeAnswer = {
    outcome,
    file: text === null ? null : new Blob([text], { type: 'application/json' }),
    beginning: text?.slice(0, BEGINNING) ?? '',
  }
  self.postMessage(answer)
})
