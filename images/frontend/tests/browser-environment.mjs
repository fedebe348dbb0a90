import { TestEnvironment } from "jest-environment-jsdom";

/** jsdom has no fetch; Node's own makes the page's requests real ones. */
export default class BrowserEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    Object.assign(this.global, { fetch, Response, AbortController, AbortSignal });
  }
}
