package io.github.cones4j.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The arrows inside the engine: {@code graph <- nn}, {@code graph <- exec <- {reference, cpu, train}}. {@code exec <- tornado} has a module
 * and a test of its own.
 */
final class ArchitectureTest {

    private static final String ENGINE = "io.github.cones4j.engine";

    /** Each package of the engine, and what it may use beside itself. */
    static final List<String> ARROWS = List.of(
            "graph <-",
            "nn <- graph",
            "exec <- graph",
            "reference <- exec graph",
            "cpu <- exec graph",
            "train <- exec graph");

    private static final JavaClasses CODE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ENGINE);

    @Test
    void everyPackageOfTheEngineHasItsArrows() {
        Set<String> packages = CODE.stream().map(JavaClass::getPackageName).collect(toSet());

        assertThat(packages)
                .containsExactlyInAnyOrderElementsOf(ARROWS.stream()
                        .map(arrows -> packagesIn(arrows).getFirst())
                        .toList());
    }

    @ParameterizedTest
    @FieldSource("ARROWS")
    void aPackageUsesOnlyWhatItsArrowsAllow(String arrows) {
        List<String> own = packagesIn(arrows);
        Stream<String> others = Stream.of(
                "java..",
                "jdk.incubator.vector",
                "com.sun.management", // of the JDK: what a thread has allocated
                "org.jspecify.annotations");

        classes()
                .that()
                .resideInAPackage(own.getFirst())
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(Stream.concat(own.stream(), others).toArray(String[]::new))
                .check(CODE);
    }

    @Test
    void graphIsPureValues_withoutMemoryThreadsOrFiles() {
        classes()
                .that()
                .resideInAPackage(ENGINE + ".graph")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        ENGINE + ".graph",
                        "java.lang", // not java.lang.foreign
                        "java.lang.annotation",
                        "java.lang.invoke",
                        "java.lang.runtime",
                        "java.util", // not java.util.concurrent
                        "java.util.function",
                        "java.util.stream",
                        "org.jspecify.annotations")
                .check(CODE);
        noClasses()
                .that()
                .resideInAPackage(ENGINE + ".graph")
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class, ThreadLocal.class, ProcessBuilder.class, Runtime.class)
                .check(CODE);
    }

    @Test
    void onlyTheCpuDeviceUsesTheVectorApi() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ENGINE + ".cpu")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator..")
                .check(CODE);
    }

    private static List<String> packagesIn(String arrows) {
        return Pattern.compile("\\w+")
                .matcher(arrows)
                .results()
                .map(name -> ENGINE + "." + name.group())
                .toList();
    }
}
