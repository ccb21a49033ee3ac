package io.github.cones4j.concepts.cli;

import io.github.cones4j.concepts.toyland.Study;

/** Shows the steps of a study, with the time that each of its parts still takes. */
final class StudySteps implements Study.Listener {
    private final Console console;
    private String part = "";
    private Pace pace = new Pace();

    StudySteps(Console console) {
        this.console = console;
    }

    @Override
    public void step(String what, int done, int of) {
        if (!what.equals(part)) {
            console.progress(what);
            part = what;
            pace = new Pace();
        }
        console.step(what + ", " + done + " of " + of + ": " + pace.after(done, of - done));
    }
}
