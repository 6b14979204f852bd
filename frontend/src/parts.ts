/** Every component of the page; one line per file. */

// the desk
import "./compare.ts";
import "./daterail.ts";
import "./dating.ts";
import "./decide.ts";
import "./filmstrip.ts";
import "./modebar.ts";
import "./review.ts";
import "./ribbon.ts";
import "./sheet.ts";
import "./strip.ts";

// dialogs
import "./dialog.ts";
import "./find.ts";
import "./guide.ts";
import "./keysdialog.ts";
import "./namedialog.ts";

// pages
import "./pages/agreement.ts";
import "./pages/copy.ts";
import "./pages/coverage.ts";
import "./pages/history.ts";
import "./pages/images.ts";
import "./pages/job.ts";
import "./pages/join.ts";
import "./pages/leave.ts";
import "./pages/people.ts";
import "./pages/report.ts";
import "./pages/run.ts";
import "./pages/sample.ts";
import "./pages/settings.ts";
import "./pages/start.ts";

// finding, placing and valuing images
import "./pictures/catalogue.ts";
import "./pictures/cues.ts";
import "./pictures/dates.ts";
import "./pictures/land.ts";
import "./pictures/placing.ts";
import "./pictures/shots.ts";
import "./pictures/tabs.ts";

// what was said
import "./said/claims.ts";
import "./said/papers.ts";
import "./said/sources.ts";
import "./said/timeline.ts";
import "./said/vault.ts";

// the frame; last, so that all it shows is known
import "./app.ts";
