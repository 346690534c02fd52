namespace TransferLearning;

/// <summary>The verbs that make of a model a smaller one.</summary>
public static class CompressExtensions
{
    /// <summary>
    /// Trains a smaller network to do what this model does: it learns from the model's probabilities and the labels
    /// (<see cref="Distillation"/>), and has its classes and preprocessing. The model stays as it is.
    /// </summary>
    /// <param name="teacher">A trained image classifier, or one for sounds on spectrograms.</param>
    /// <param name="architecture">A name of the catalogue: <c>mobilenet_v3_small</c>.</param>
    /// <param name="dataset">The training samples.</param>
    /// <param name="options">How it is trained and what it begins with; null means the defaults.</param>
    /// <param name="progress">Receives reports as of <c>FineTune</c>.</param>
    /// <param name="cancellationToken">Ends training within one batch; the student has the best weights so far.</param>
    /// <returns>The student; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">There is no such architecture, or an option cannot be used.</exception>
    /// <exception cref="IOException">Published weights were asked for and could not be downloaded.</exception>
    public static ImageModel Compress(
        this ImageModel teacher, string architecture, Dataset dataset, CompressOptions? options = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        options ??= new CompressOptions();
        ImageModel student = Student(teacher, architecture, options, cancellationToken).WithCodec(teacher.Codec);
        try
        {
            if (teacher.Spectrograms is { } form)
            {
                student.OnSpectrograms(form);
            }

            return teacher.Compress(student.To(teacher.Device), dataset, options, progress, cancellationToken);
        }
        catch
        {
            student.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The same with a student of the caller's, for texts and sounds too: it gets the teacher's classes and is trained. What
    /// <see cref="CompressOptions"/> says of what a student begins with has no meaning here and is refused.
    /// </summary>
    /// <param name="teacher">A trained classifier of whole samples.</param>
    /// <param name="student">A smaller model with the same preprocessing, on the same device.</param>
    /// <param name="dataset">The training samples.</param>
    /// <param name="options">How it is trained; null means the defaults.</param>
    /// <param name="progress">Receives reports as of <c>FineTune</c>.</param>
    /// <param name="cancellationToken">Ends training within one batch; the student has the best weights so far.</param>
    /// <returns>The student that was given.</returns>
    /// <exception cref="ArgumentException">The preprocessing differs, or an option cannot be used.</exception>
    public static T CompressInto<T>(
        this TransferModel teacher, T student, Dataset dataset, CompressOptions? options = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
        where T : TransferModel
    {
        options ??= new CompressOptions();
        return options is { Pretrained: null, Checkpoint: null, Seed: 0 } && options.Network == NetworkOptions.Default
            ? Compress(teacher, student, dataset, options, progress, cancellationToken)
            : throw new ArgumentException(
                $"{nameof(options.Pretrained)}, {nameof(options.Checkpoint)}, {nameof(options.Network)} and {nameof(options.Seed)} say "
                    + "what a student begins with, and here it is given: leave them out.",
                nameof(options));
    }

    private static T Compress<T>(
        this TransferModel teacher, T student, Dataset dataset, CompressOptions options, IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
        where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(dataset);
        if (teacher.LearningTask is not Classification task)
        {
            throw new ArgumentException(
                $"Only a classifier of whole samples is compressed so; {teacher.Architecture} is for {teacher.LearningTask.Name}.",
                nameof(teacher));
        }

        if (student.Preprocessor.Fingerprint != teacher.Preprocessor.Fingerprint)
        {
            throw new ArgumentException(
                $"The student wants its samples as {student.Preprocessor.Fingerprint}, and the teacher as "
                    + $"{teacher.Preprocessor.Fingerprint}: both see the same, so make a student with the teacher's preprocessing.",
                nameof(student));
        }

        Distillation distillation = new(teacher) { Temperature = options.Temperature, Weight = options.Weight };
        if (student.LearningTask is not Classification own || !own.ClassNames.SequenceEqual(task.ClassNames))
        {
            student.For(task with { Scaling = null }, seed: options.Seed);
        }

        FineTuneOptions training = options.Training ?? new FineTuneOptions();
        student.FineTune(
            dataset, options.Optimizer, training with { Methods = [distillation, .. training.Methods] }, null, progress, cancellationToken);
        return student;
    }

    private static ImageModel Student(
        ImageModel teacher, string architecture, CompressOptions options, CancellationToken cancellationToken)
    {
        ModelVariant variant = ModelCatalog.Get(architecture);
        if (options.Pretrained is not null || options.Checkpoint is not null)
        {
            return options.Network == NetworkOptions.Default
                ? Pretrained.Load(
                    architecture,
                    options.Checkpoint,
                    (options.Pretrained ?? new PretrainedOptions()) with { Preprocess = teacher.Preprocess },
                    cancellationToken)
                : throw new ArgumentException(
                    $"{nameof(options.Network)} is for a student with fresh weights; for loaded ones set "
                        + $"{nameof(PretrainedOptions)}.{nameof(PretrainedOptions.Network)}.",
                    nameof(options));
        }

        NetworkOptions network = options.Network with { Classes = teacher.Classes };
        ImageNetwork built = variant.Build(network);
        built.Initialize(options.Seed);
        return new ImageModel(variant, network, built, new Classification(teacher.Classes), teacher.Preprocess);
    }
}
