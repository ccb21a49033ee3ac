package io.github.cones4j.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.cones4j.engine.exec.HostTensor;
import io.github.cones4j.engine.exec.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShardIndexTest {
    @TempDir
    Path folder;

    @BeforeEach
    void twoShards() throws IOException {
        shard("m-1.safetensors", Map.of("a", HostTensor.scalar(1), "b", HostTensor.scalar(2)));
        shard("m-2.safetensors", Map.of("c", HostTensor.scalar(3)));
    }

    private void shard(String name, Map<String, HostTensor> tensors) throws IOException {
        Safetensors.write(folder.resolve(name), tensors, Map.of("format", "pt"));
    }

    private Path index(String json) throws IOException {
        return Files.writeString(folder.resolve("m.safetensors.index.json"), json.replace('\'', '"'));
    }

    @Test
    void open_ofAnIndex_joinsItsShards() throws IOException {
        Path index = index("{'metadata':{'total_size':12,'of':[1,{'x':null}]},'weight_map':{'c':'m-2.safetensors',"
                + "'a':'m-1.safetensors','b':'m-1.safetensors'}}\n");
        try (Weights weights = Safetensors.open(index)) {
            assertThat(weights.keys()).containsExactly("c", "a", "b");
            assertThat(weights.get("c").get(0)).isEqualTo(3);
            assertThat(weights.get("a").get(0)).isEqualTo(1);
        }
    }

    @Test
    void open_ofAShardThatIsALinkOutOfTheFolder_readsIt(@TempDir Path elsewhere) throws IOException {
        Path blob = elsewhere.resolve("blob");
        Files.move(folder.resolve("m-2.safetensors"), blob);
        Files.createSymbolicLink(folder.resolve("m-2.safetensors"), blob);
        Path index = index("{'weight_map':{'a':'m-1.safetensors','b':'m-1.safetensors','c':'m-2.safetensors'}}");
        try (Weights weights = Safetensors.open(index)) {
            assertThat(weights.get("c").get(0)).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../m-1.safetensors",
                "sub/m-1.safetensors",
                "/m-1.safetensors",
                "sub\\\\m-1.safetensors",
                "C:m-1.safetensors",
                "..",
                ".",
                "",
                " "
            })
    void open_ofAShardOutsideTheFolder_isRefused(String shard) throws IOException {
        Path index = index("{'weight_map':{'a':'" + shard + "'}}");
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> Safetensors.open(index))
                .withMessageContaining("is not the plain name of a file in the index's folder");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'weight_map':{'a':'m-1.safetensors','b':'m-1.safetensors','c':'m-1.safetensors'}} | missing     c: not in m-1",
                "{'weight_map':{'a':'m-1.safetensors','b':'m-2.safetensors','c':'m-2.safetensors'}} | missing     b: not in m-2",
                "{'weight_map':{'a':'m-1.safetensors','c':'m-2.safetensors'}} | not listed  b: in m-1.safetensors",
                "{'weight_map':{'a':'m-3.safetensors'}} | the shard m-3.safetensors is not in the folder",
                "{'weight_map':{'a':'pytorch_model.bin'}} | is not a .safetensors file",
                "{'weight_map':{'a':'m-1.safetensors','a':'m-1.safetensors'}} | Duplicate",
                "{'weight_map':{'a':1}} | weight_map \"a\" should be a string, is a whole number",
                "{'weight_map':[]} | weight_map should be an object, is a list",
                "{'weight_map':{}} | an index without weight_map",
                "{'metadata':{}} | an index without weight_map",
                "{'weight_map':{'a':'m-1.safetensors'} | not strict JSON",
                "<!doctype html> | an HTML page, not an index of shards",
                "version https://git-lfs.github.com/spec/v1 | a Git LFS pointer, not an index of shards",
                "[] | not an index of shards",
            })
    void open_ofABadIndex_namesTheFault(String json, String expected) throws IOException {
        Path index = index(json);
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> Safetensors.open(index))
                .withMessageStartingWith(index + ": ")
                .withMessageContaining(expected);
    }

    @Test
    void open_ofATensorInTwoShards_namesBoth() throws IOException {
        shard("m-2.safetensors", Map.of("c", HostTensor.scalar(3), "a", HostTensor.scalar(9)));
        Path index = index("{'weight_map':{'a':'m-1.safetensors','b':'m-1.safetensors','c':'m-2.safetensors'}}");
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> Safetensors.open(index))
                .withMessageContaining("twice       a: in m-1.safetensors and in m-2.safetensors");
    }

    @Test
    void open_ofADamagedShard_namesTheShard() throws IOException {
        Files.write(folder.resolve("m-2.safetensors"), new byte[0]);
        Path index = index("{'weight_map':{'a':'m-1.safetensors','b':'m-1.safetensors','c':'m-2.safetensors'}}");
        assertThatExceptionOfType(WeightsFormatException.class)
                .isThrownBy(() -> Safetensors.open(index))
                .withMessageStartingWith(folder.resolve("m-2.safetensors") + ": an empty file");
    }
}
