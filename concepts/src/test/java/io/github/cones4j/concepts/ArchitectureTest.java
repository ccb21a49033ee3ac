package io.github.cones4j.concepts;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The arrows between the modules, {@code concepts -> diffusion -> weights -> engine}, and habits that hold in all of them. */
final class ArchitectureTest {

    private static final String ROOT = "io.github.cones4j";

    /** A module may use those after it. */
    private static final List<String> MODULES = List.of("concepts", "diffusion", "weights", "engine");

    private static final JavaClasses CODE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    @Test
    void everyPackageIsInThePicture() {
        Set<String> packages = CODE.stream()
                .map(JavaClass::getPackageName)
                .map(name -> name.replaceFirst(
                        "(" + Pattern.quote(ROOT) + "\\.\\w+\\.\\w+).*", "$1..")) // with what is inside
                .collect(toSet());

        assertThat(packages)
                .containsExactlyInAnyOrderElementsOf(Stream.of(
                                "engine: graph nn exec reference cpu train",
                                "weights: files safetensors config keys model synthetic runs",
                                "diffusion: clip unet vae schedule noise pipeline parity toyland",
                                "concepts: find mask edit measure report toyland cli")
                        .flatMap(ArchitectureTest::packages)
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"concepts", "diffusion", "weights", "engine"})
    void aModuleUsesOnlyThoseBelowIt(String module) {
        String[] above = MODULES.subList(0, MODULES.indexOf(module)).stream()
                .map(name -> ROOT + "." + name + "..")
                .toArray(String[]::new);

        noClasses()
                .that()
                .resideInAPackage(ROOT + "." + module + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(above)
                .check(CODE);
    }

    @Test
    void packagesAreFreeOfCycles() {
        slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CODE);
    }

    @Test
    void nothingUsesTheCommandLine() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".concepts.cli")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + ".concepts.cli", "picocli..")
                .check(CODE);
    }

    @Test
    void theModelsKnowNothingOfPipelinesOrToyland() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        packages("diffusion: clip unet vae schedule noise").toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        packages("diffusion: pipeline parity toyland").toArray(String[]::new))
                .check(CODE);
    }

    @Test
    void onlyTheCommandLinePrints() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".concepts.cli")
                .should(ACCESS_STANDARD_STREAMS)
                .check(CODE);
    }

    @Test
    void thereIsNoStaticMutableState() {
        fields().that().areStatic().should().beFinal().check(CODE);
    }

    @Test
    void noClassInheritsImplementationFromOneOfOurs() {
        DescribedPredicate<JavaClass> subclassesOfOurs = DescribedPredicate.describe(
                "subclasses of a class of this project",
                type -> type.getRawSuperclass()
                        .filter(parent -> parent.getPackageName().startsWith(ROOT))
                        .filter(parent -> !parent.isEnum()) // a constant with a body
                        .isPresent());

        noClasses().should(ArchConditions.be(subclassesOfOurs)).check(CODE);
    }

    @Test
    void namesSayWhatAThingIs() {
        noClasses().should().haveNameMatching(".*(Impl|Manager|Utils?|Helper)").check(CODE);
    }

    /** "module: a b" as patterns of the packages and what is inside them. */
    private static Stream<String> packages(String line) {
        String module = line.substring(0, line.indexOf(':'));
        return Stream.of(line.substring(line.indexOf(':') + 1).strip().split(" ", -1))
                .map(name -> ROOT + "." + module + "." + name + "..");
    }
}
