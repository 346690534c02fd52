using System.Text.Json;

namespace TransferLearning.Cli.Tests;

/// <summary>The tool as a process, on the emoji.</summary>
public sealed class ToolTests(TrainedModel model) : IClassFixture<TrainedModel>
{
    private static readonly string[] Classes = ["animal", "building", "clothing", "food", "vehicle"];

    [Fact]
    public void Training_writes_a_line_for_each_epoch_and_then_the_result()
    {
        Assert.Equal((0, 3), (model.Training.ExitCode, model.Training.JsonLines.Length));
        Assert.Equal([1, 2], model.Training.JsonLines[..2].Select(line => line.GetProperty("epoch").GetInt32()));
        JsonElement result = model.Training.JsonLines[2];
        Assert.Equal(Classes, result.GetProperty("classNames").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(112, result.GetProperty("evaluation").GetProperty("count").GetInt32());
        Assert.True(result.GetProperty("evaluation").GetProperty("accuracy").GetDouble() > 0.25);
        Assert.Contains("images in class folders, in the parts train, val", model.Training.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', model.Training.Error);
    }

    [Fact]
    public void Evaluating_gives_what_training_reported()
    {
        ToolRun run = model.Run("evaluate", "bees.tl", model.Emoji, "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(Accuracy(model.Training.JsonLines[^1].GetProperty("evaluation")), Accuracy(run.Json));
        Assert.Equal(5, run.Json.GetProperty("classes").GetArrayLength());
    }

    [Fact]
    public void A_config_repeats_the_run_to_the_same_accuracy()
    {
        ToolRun run = model.Run("train", "--config", "bees.run.json", "--out", "again.tl", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            Accuracy(model.Training.JsonLines[^1].GetProperty("evaluation")), Accuracy(run.JsonLines[^1].GetProperty("evaluation")));
        Assert.Equal(File.ReadAllBytes(Path.Combine(model.Folder, "bees.tl")), File.ReadAllBytes(Path.Combine(model.Folder, "again.tl")));
    }

    [Fact]
    public void Ctrl_C_keeps_the_best_so_far_and_the_run_resumes()
    {
        string[] arguments =
        [
            "train", model.Emoji, "--model", "resnet20", "--weights", model.Weights, "--epochs", "40", "--out", "cut.tl", "--resume",
            "runs", "--json",
        ];
        ToolRun cut = ToolRun.Interrupted(model.Folder, "{\"epoch\":2", arguments);

        Assert.Equal(130, cut.ExitCode);
        JsonElement result = cut.JsonLines[^1];
        Assert.True(result.GetProperty("wasCancelled").GetBoolean());
        int epochs = cut.JsonLines.Length - 1;
        Assert.InRange(epochs, 2, 39);
        Assert.Equal(0, model.Run("evaluate", "cut.tl", model.Emoji).ExitCode);

        ToolRun resumed = ToolRun.Interrupted(model.Folder, $"{{\"epoch\":{epochs + 1}", arguments);

        Assert.Equal(epochs + 1, resumed.JsonLines[0].GetProperty("epoch").GetInt32());
    }

    [Fact]
    public void A_probe_is_fitted_and_saved()
    {
        ToolRun run = model.Run(
            "probe", model.Emoji, "--model", "resnet20", "--weights", model.Weights, "--out", "probe.tl", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.True(Accuracy(run.Json.GetProperty("evaluation")) > 0.6);
        Assert.True(File.Exists(Path.Combine(model.Folder, "probe.tl")));
        Assert.Contains("\"command\": \"probe\"", File.ReadAllText(Path.Combine(model.Folder, "probe.run.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Predicting_shows_the_likeliest_classes()
    {
        ToolRun run = model.Run("predict", "bees.tl", model.Image, "--top", "2", "--json");

        Assert.Equal(0, run.ExitCode);
        JsonElement one = run.Json[0];
        Assert.Contains(one.GetProperty("class").GetString(), Classes);
        double[] scores = [.. one.GetProperty("scores").EnumerateArray().Select(score => score.GetProperty("probability").GetDouble())];
        Assert.Equal(2, scores.Length);
        Assert.True(scores[0] >= scores[1] && scores[0] <= 1);
    }

    [Fact]
    public void Inputs_are_read_from_stdin_and_results_are_plain_lines()
    {
        ToolRun run = ToolRun.WithInput(model.Folder, $"{model.Image}\n{model.Image}\n", "predict", "bees.tl", "-");

        Assert.Equal(0, run.ExitCode);
        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("input", lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output);
    }

    [Fact]
    public void Features_are_written_as_a_table()
    {
        ToolRun run = model.Run("embed", "bees.tl", model.Emoji, "--part", "val", "--out", "features.csv", "--json");

        Assert.Equal((0, 112, 64), (run.ExitCode, run.Json.GetProperty("count").GetInt32(), run.Json.GetProperty("width").GetInt32()));
        string[] lines = File.ReadAllLines(Path.Combine(model.Folder, "features.csv"));
        Assert.Equal(113, lines.Length);
        Assert.All(lines, line => Assert.Equal(66, line.Split(',').Length));
    }

    [Fact]
    public void An_audit_writes_its_findings()
    {
        ToolRun run = model.Run("audit", "bees.tl", model.Emoji, "--out", "findings.csv", "--json");

        Assert.Equal((0, 281), (run.ExitCode, run.Json.GetProperty("sampleCount").GetInt32()));
        Assert.Equal(run.Json.GetProperty("count").GetInt32(), run.Json.GetProperty("findings").GetArrayLength());
        Assert.True(File.Exists(Path.Combine(model.Folder, "findings.csv")));
    }

    [Fact]
    public void An_explanation_is_an_image()
    {
        ToolRun run = model.Run("explain", "bees.tl", model.Image, "--class", "food", "--out", "why.png", "--json");

        Assert.Equal((0, "food"), (run.ExitCode, run.Json.GetProperty("class").GetString()));
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(Path.Combine(model.Folder, "why.png"))[..4]);
    }

    [Fact]
    public void Networks_are_ranked()
    {
        ToolRun run = model.Run(
            "rank", model.Emoji, "--models", $"resnet20={model.Weights}", "resnet20=random", "--limit", "100", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal($"resnet20={model.Weights}", run.Json.GetProperty("models")[0].GetProperty("name").GetString());
    }

    [Fact]
    public void A_model_is_exported_converted_and_inspected()
    {
        Assert.Equal(0, model.Run("export", "bees.tl", "--to", "pth", "--out", "bees.pth").ExitCode);
        Assert.Equal(0, model.Run("convert", "bees.pth", "bees.safetensors").ExitCode);
        ToolRun run = model.Run("inspect", "bees.safetensors", "--json");

        Assert.Equal(0, run.ExitCode);
        JsonElement last = run.Json.GetProperty("tensors").EnumerateArray().Last();
        Assert.Equal("linear.bias", last.GetProperty("name").GetString());
        Assert.Equal(5, last.GetProperty("shape")[0].GetInt32());
        ToolRun own = model.Run("inspect", "bees.tl", "--json");
        Assert.Equal(run.Json.GetProperty("count").GetInt32(), own.Json.GetProperty("count").GetInt32());
    }

    [Fact]
    public void A_model_becomes_a_graph_whose_inputs_are_shown()
    {
        Assert.Equal(0, model.Run("export", "bees.tl", "--to", "onnx", "--out", "bees.onnx", "--preprocessing").ExitCode);
        ToolRun run = model.Run("inspect", "bees.onnx", "--json"), plain = model.Run("inspect", "bees.onnx", "--summary");

        JsonElement metadata = run.Json.GetProperty("metadata");
        Assert.Equal(18, metadata.GetProperty("opset").GetInt64());
        Assert.Matches(@"^Uint8 \[.+, .+, .+, 3\]$", metadata.GetProperty("input images").GetString());
        Assert.Matches(@"^Float \[.+, 5\]$", metadata.GetProperty("output probabilities").GetString());
        Assert.Contains(
            run.Json.GetProperty("tensors").EnumerateArray(), tensor => tensor.GetProperty("name").GetString() == "linear.bias");
        Assert.Contains("Conv ", plain.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_model_becomes_a_file_for_llama_cpp_and_a_damaged_one_is_refused()
    {
        string bert = Path.Combine(ToolRun.Repository, "samples", "TextClassification", "bert-definitions");
        ToolRun export = model.Run("export", bert, "--to", "gguf", "--type", "q8", "--pooling", "cls", "--out", "bert.gguf", "--json");
        ToolRun run = model.Run("inspect", "bert.gguf", "--json");

        Assert.Equal(0, export.ExitCode);
        Assert.Contains("bert.pooler.dense.weight", export.Error, StringComparison.Ordinal);
        Assert.Equal(5, export.Json.GetProperty("notes").GetArrayLength());
        JsonElement metadata = run.Json.GetProperty("metadata");
        Assert.Equal(
            ("bert", 3, 2), (
                metadata.GetProperty("general.architecture").GetString(), metadata.GetProperty("bert.block_count").GetInt32(),
                metadata.GetProperty("bert.pooling_type").GetInt32()));
        JsonElement first = run.Json.GetProperty("tensors").EnumerateArray().First();
        Assert.Equal(("token_embd.weight", "Q8_0"), (first.GetProperty("name").GetString(), first.GetProperty("type").GetString()));
        Assert.Equal([8192, 256], first.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));

        File.WriteAllBytes(
            Path.Combine(model.Folder, "cut.gguf"), File.ReadAllBytes(Path.Combine(model.Folder, "bert.gguf"))[..20_000]);
        ToolRun cut = model.Run("inspect", "cut.gguf");
        Assert.Equal((1, ""), (cut.ExitCode, cut.Output));
        Assert.Contains("cut.gguf", cut.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", cut.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_Keras_is_inspected()
    {
        string file = Path.Combine(ToolRun.Repository, "tests", "TransferLearning.Tests", "Fixtures", "Keras", "small_model.h5");
        ToolRun run = model.Run("inspect", file, "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.True(run.Json.GetProperty("count").GetInt32() > 1);
        Assert.Contains(
            run.Json.GetProperty("tensors").EnumerateArray(),
            tensor => tensor.GetProperty("name").GetString()!.EndsWith("/kernel", StringComparison.Ordinal)
                && tensor.GetProperty("shape").GetArrayLength() >= 2);
    }

    [Theory]
    [InlineData("export", "bees.tl", "--to", "gguf", "--out", "bees.gguf")]
    [InlineData("export", "bees.tl", "--to", "pth", "--type", "q8", "--out", "b.pth")]
    [InlineData("export", "bees.tl", "--to", "onnx", "--half", "--out", "b.onnx")]
    [InlineData("export", "bees.tl", "--to", "onnx", "--pooling", "cls", "--out", "b.onnx")]
    [InlineData("inspect", "bees.gguf", "--section", "model")]
    public void An_option_without_use_is_refused(params string[] arguments)
    {
        ToolRun run = model.Run(arguments);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.NotEmpty(run.Error);
    }

    [Fact]
    public void The_catalogue_is_listed()
    {
        ToolRun run = model.Run("models", "resnet*", "--max-parameters", "12", "--json");

        Assert.Equal(0, run.ExitCode);
        string[] names = [.. run.Json.EnumerateArray().Select(one => one.GetProperty("model").GetString()!)];
        Assert.Contains("resnet18", names);
        Assert.DoesNotContain("resnet50", names);
    }

    [Fact]
    public void The_doctor_reports_the_machine()
    {
        ToolRun run = model.Run("doctor", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.True(run.Json.GetProperty("loads").GetBoolean());
        Assert.Equal(5, run.Json.GetProperty("forms").GetArrayLength());
        Assert.True(run.Json.GetProperty("forms")[0].GetProperty("seconds").GetDouble() > 0);
    }

    [Theory]
    [InlineData("trian")]
    [InlineData("train")]
    [InlineData("train", "nowhere")]
    [InlineData("train", ".", "--optimizer", "best")]
    [InlineData("train", ".", "--time-limit", "10")]
    [InlineData("predict", "nothing.tl", "a.png")]
    [InlineData("convert", "a.pth", "b.txt")]
    [InlineData("train", "--config", "nothing.json")]
    public void A_wrong_command_line_ends_with_2(params string[] arguments)
    {
        ToolRun run = model.Run(arguments);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.NotEmpty(run.Error);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_ends_with_1_and_the_message_and_verbose_shows_where()
    {
        string text = Path.Combine(model.Folder, "text.pth");
        File.WriteAllText(text, "this is no checkpoint");

        ToolRun plain = model.Run("inspect", text), verbose = model.Run("inspect", text, "--verbose");

        Assert.Equal((1, 1), (plain.ExitCode, verbose.ExitCode));
        Assert.Contains("text.pth", plain.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", plain.Error, StringComparison.Ordinal);
        Assert.Contains("   at ", verbose.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tl tra", "train")]
    [InlineData("tl train --optimizer ", "adamw")]
    [InlineData("tl train --model resnet1", "resnet18")]
    public void Words_are_completed(string line, string expected)
    {
        ToolRun run = model.Run($"[suggest:{line.Length}]", line);

        Assert.Contains(expected, run.Output.Split('\n'));
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _tl tl")]
    [InlineData("zsh", "compdef _tl tl")]
    [InlineData("fish", "complete -c tl")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public void Shells_have_a_script(string shell, string expected)
        => Assert.Contains(expected, model.Run("completion", shell).Output, StringComparison.Ordinal);

    [Fact]
    public void Texts_are_trained_on_too()
    {
        string sample = Path.Combine(ToolRun.Repository, "samples", "TextClassification");
        ToolRun run = model.Run(
            "probe", Path.Combine(sample, "questions.tsv"), "--model", Path.Combine(sample, "bert-definitions"),
            "--out", "questions", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.True(Accuracy(run.Json.GetProperty("evaluation")) > 0.3);
        ToolRun answer = model.Run("predict", "questions", "Who wrote Hamlet ?", "--json");
        Assert.Equal("Who wrote Hamlet ?", answer.Json[0].GetProperty("input").GetString());
    }

    private static double Accuracy(JsonElement evaluation) => evaluation.GetProperty("accuracy").GetDouble();
}
