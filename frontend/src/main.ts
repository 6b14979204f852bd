/** Entry of the page. */

import "./parts.ts";
import { startLanguage } from "./words.ts";

startLanguage();
