import { ApiError } from '../../../api/client'

export type SaveState =
  /** The server has this text. */
  | 'saved'
  /** Changed; about to be saved. */
  | 'changed'
  | 'saving'
  /** The server does not answer; tried again until it does. */
  | 'offline'
  /** The session has ended; tried again when there is a new one. */
  | 'signedOut'
  /** Somebody else's draft is stored; nothing is saved until one is chosen. */
  | 'conflict'
  /** The server will not have it: locked, deleted, not allowed. */
  | 'refused'

export interface DraftSaverSurroundings {
  /** The text in the editor now. */
  read(): string
  /** Stores the text, and answers its MD5. */
  save(code: string, previousMd5: string): Promise<string>
  /** The stored draft. */
  load(): Promise<{ code: string; md5: string }>
  /** Keeps the text on this machine until the server has it; null forgets it. */
  keep(copy: { code: string; md5: string } | null): void
  changed(state: SaveState, message: string): void
}

const PAUSE_MS = 600
const RETRIES_MS = [500, 1000, 2000, 4000, 8000]

/** Saves a draft while it is written. Nothing typed is lost: what the server does not have is kept on this machine and sent until it has it. */
export class DraftSaver {
  state: SaveState = 'saved'
  private timer: ReturnType<typeof setTimeout> | null = null
  private attempts = 0
  private running: Promise<void> | null = null
  private sent: string | null = null
  private isClosed = false

  constructor(
    private readonly around: DraftSaverSurroundings,
    private md5: string,
    private storedCode: string,
  ) {}

  get storedMd5(): string {
    return this.md5
  }

  /** To be called after every change of the text. */
  edited() {
    if (this.state === 'conflict' || this.state === 'refused') {
      this.keep()
      return
    }
    if (this.state === 'saved') this.set('changed')
    if (this.state !== 'offline' && this.state !== 'signedOut') this.plan(PAUSE_MS)
  }

  /** Saves now. True: the server has the text as it is in the editor. */
  async flush(): Promise<boolean> {
    while (!this.isClosed && (this.state === 'changed' || this.state === 'saving')) await this.saveNow()
    return this.state === 'saved'
  }

  /** Tries again at once, e.g. after signing in. */
  retry() {
    if (this.state === 'offline' || this.state === 'signedOut' || this.state === 'refused') {
      this.set('changed')
      this.plan(0)
    }
  }

  /** Ends a conflict: the text in the editor is to replace the stored one, whose MD5 is given. */
  resolve(storedMd5: string, storedCode: string) {
    this.md5 = storedMd5
    this.storedCode = storedCode
    this.set('changed')
    this.plan(0)
  }

  /** The editor has taken over the stored draft. */
  adopt(md5: string, code: string) {
    this.md5 = md5
    this.storedCode = code
    this.around.keep(null)
    this.set('saved')
  }

  close() {
    this.isClosed = true
    if (this.timer !== null) clearTimeout(this.timer)
  }

  private plan(delay: number) {
    if (this.isClosed) return
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.saveNow(), delay)
  }

  private saveNow(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    this.running ??= this.save().finally(() => (this.running = null))
    return this.running
  }

  private async save() {
    const code = this.around.read()
    if (code === this.storedCode) {
      this.around.keep(null)
      this.set('saved')
      return
    }
    this.keep()
    this.set('saving')
    this.sent = code
    try {
      this.accept(await this.around.save(code, this.md5), code)
    } catch (error) {
      await this.failed(error)
    }
  }

  private accept(md5: string, code: string) {
    this.md5 = md5
    this.storedCode = code
    this.attempts = 0
    if (this.around.read() === code) {
      this.around.keep(null)
      this.set('saved')
    } else {
      this.set('changed')
      this.plan(PAUSE_MS)
    }
  }

  private async failed(error: unknown) {
    if (!(error instanceof ApiError)) throw error
    if (error.reason === 'EBizRequestConflict.scriptDraftAlreadyChanged') await this.conflicted()
    else if (error.status === 401) this.set('signedOut', error.message)
    else if (error.status === 0 || error.status >= 500) this.goOffline(error.message)
    else this.set('refused', error.message)
  }

  /** A save whose answer was lost shows as a conflict with oneself. */
  private async conflicted() {
    try {
      const stored = await this.around.load()
      if (stored.code === this.sent) this.accept(stored.md5, stored.code)
      else this.set('conflict')
    } catch (error) {
      await this.failed(error)
    }
  }

  private goOffline(message: string) {
    this.set('offline', message)
    if (this.isClosed) return
    const delay = RETRIES_MS[Math.min(this.attempts++, RETRIES_MS.length - 1)] ?? 0
    this.timer = setTimeout(() => this.retry(), delay)
  }

  private keep() {
    this.around.keep({ code: this.around.read(), md5: this.md5 })
  }

  private set(state: SaveState, message = '') {
    this.state = state
    if (!this.isClosed) this.around.changed(state, message)
  }
}
