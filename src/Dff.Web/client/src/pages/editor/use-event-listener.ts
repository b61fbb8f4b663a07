import { onActivated, onDeactivated } from 'vue'

/** Listens to an event of the window while the page is shown, which is kept alive behind others. */
export function useEventListener<K extends keyof WindowEventMap>(
  target: Window,
  name: K,
  listener: (event: WindowEventMap[K]) => void,
) {
  onActivated(() => target.addEventListener(name, listener))
  onDeactivated(() => target.removeEventListener(name, listener))
}
