export interface ServerEvent {
  id: string
  name: string
  data: string
}

/** Takes the text of an event stream apart as it arrives. */
export class EventParser {
  private rest = ''
  private id = ''
  private name = ''
  private data: string[] = []

  /** The events that the text completes. */
  push(text: string): ServerEvent[] {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/)
    this.rest = lines.pop() ?? ''
    const events: ServerEvent[] = []
    for (const line of lines) {
      if (line === '') this.complete(events)
      else this.field(line)
    }
    return events
  }

  private complete(events: ServerEvent[]) {
    if (this.data.length > 0) events.push({ id: this.id, name: this.name || 'message', data: this.data.join('\n') })
    this.name = ''
    this.data = []
  }

  private field(line: string) {
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'id') this.id = value
    else if (name === 'event') this.name = value
    else if (name === 'data') this.data.push(value)
  }
}

const RETRY_MS = 1000

/**
 * Follows an event stream, and carries on after the last event when the connection breaks. Ends when `onEvent` answers true or `signal` aborts.
 * A browser's own EventSource cannot send the header that says who asks.
 */
export async function followEvents(
  url: string,
  headers: Record<string, string>,
  onEvent: (event: ServerEvent) => boolean,
  signal: AbortSignal,
): Promise<void> {
  let last = ''
  while (!signal.aborted) {
    try {
      const response = await fetch(url, {
        headers: last === '' ? headers : { ...headers, 'Last-Event-ID': last },
        signal,
        cache: 'no-store',
      })
      if (response.status >= 400 && response.status < 500) return
      if (response.ok && response.body !== null) {
        const parser = new EventParser()
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
          for (const event of parser.push(read.value)) {
            if (event.id !== '') last = event.id
            if (onEvent(event)) {
              void reader.cancel()
              return
            }
          }
        }
      }
    } catch {
      // The connection broke, or the caller wants no more; the loop tells which.
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}
