package io.github.cones4j.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The arrow of this module, {@code tornado <- exec graph}; it alone uses TornadoVM, and of TornadoVM only the interface. */
final class TornadoArchitectureTest {
    private static final String ENGINE = "io.github.cones4j.engine";

    private static final JavaClasses CODE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ENGINE);

    @Test
    void tornadoUsesOnlyExecAndGraph_andTheInterfaceOfTornadoVm() {
        classes()
                .that()
                .resideInAPackage(ENGINE + ".tornado")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        ENGINE + ".tornado",
                        ENGINE + ".exec",
                        ENGINE + ".graph",
                        "uk.ac.manchester.tornado.api..",
                        "java..",
                        "org.jspecify.annotations")
                .check(CODE);
    }

    @Test
    void onlyTornadoUsesTornadoVm() {
        classes()
                .that()
                .resideOutsideOfPackage(ENGINE + ".tornado")
                .should()
                .onlyDependOnClassesThat()
                .resideOutsideOfPackage("uk.ac.manchester..")
                .check(CODE);
    }
}
